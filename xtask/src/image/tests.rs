//! The archives as Docker and containerd read them, and the Dockerfile beside them.

use std::{collections::BTreeMap, fs, io::Read as _};

use serde_json::{Value, json};
use tar::{Archive, EntryType};

use super::{
    LABELS, NAME, PROGRAMS, USER, archive, busybox, image,
    layer::Layer,
    needs::{self, Need},
    root,
};

/// The product's image with these bytes as its programs.
fn product(content: &str) -> super::Image {
    let mut layer = Layer::default();
    for program in PROGRAMS {
        layer.file(program, content, 0o755).unwrap();
    }
    image(layer)
}

/// The files of a tar.
fn files(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = Archive::new(tar);
    let read = |entry: Result<tar::Entry<'_, &[u8]>, _>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), content)
    };
    archive.entries().unwrap().map(read).collect()
}

/// The manifest's only entry, the configuration and the layer, each found as a reader finds it.
fn parts(archive: &[u8]) -> (Value, Value, Vec<u8>) {
    let files = files(archive);
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let [entry] = manifest.as_array().unwrap().as_slice() else { panic!("{manifest}") };
    let configuration = serde_json::from_slice(&files[entry["Config"].as_str().unwrap()]).unwrap();
    let layer = files[entry["Layers"][0].as_str().unwrap()].clone();
    assert_eq!(files.len(), 3);
    (entry.clone(), configuration, layer)
}

#[test]
fn the_product_is_found_under_its_name_and_does_not_run_as_root() {
    let (entry, configuration, layer) = parts(&archive::bytes(&product("program")).unwrap());
    assert_eq!(entry["RepoTags"], json!([format!("{NAME}:{}", env!("CARGO_PKG_VERSION"))]));
    assert_eq!(configuration["config"]["User"], "65532:65532");
    assert_eq!(configuration["config"]["Entrypoint"], json!(["/gene-controller"]));
    assert_eq!(configuration["os"], "linux");
    let digest = archive::digest(&layer);
    assert_eq!(configuration["rootfs"]["diff_ids"], json!([format!("sha256:{digest}")]));
    let expected = ["gene-controller", "gene-webhook", "gene-certs"];
    assert_eq!(files(&layer), expected.map(|name| (name.to_owned(), b"program".to_vec())).into());
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let bytes = |content| archive::bytes(&product(content)).unwrap();
    assert!(bytes("one") == bytes("one"));
    assert!(bytes("one") != bytes("two"));
    let tree = |paths: &[&str]| {
        let mut layer = Layer::default();
        for path in paths {
            layer.file(path, "content", 0o644).unwrap();
        }
        layer.tar().unwrap()
    };
    assert!(tree(&["b", "a/c", "a-c"]) == tree(&["a-c", "b", "/a/c"]));
}

#[test]
fn a_layer_has_directories_before_what_is_in_them_and_nothing_of_its_maker() {
    let mut layer = Layer::default();
    layer.link("usr/bin/env", "/bin/busybox").unwrap();
    layer.file("usr/bin.txt", "text", 0o600).unwrap();
    layer.directory("tmp", 0o1777).unwrap();
    layer.directory("usr", 0o700).unwrap();
    assert!(layer.file("tmp", "", 0o600).is_err());
    assert!(layer.link("usr/bin/env", "/bin/sh").is_err());

    let tar = layer.tar().unwrap();
    let mut archive = Archive::new(tar.as_slice());
    let shown = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 0));
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        (path, header.entry_type(), header.mode().unwrap())
    });
    // The file stands between the directory and what is in it, as a point sorts before a stroke.
    let expected = [
        ("tmp/", EntryType::Directory, 0o1777),
        ("usr/", EntryType::Directory, 0o700),
        ("usr/bin/", EntryType::Directory, 0o755),
        ("usr/bin.txt", EntryType::Regular, 0o600),
        ("usr/bin/env", EntryType::Symlink, 0o777),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected.map(|(path, kind, mode)| (path.to_owned(), kind, mode)));
}

#[test]
fn every_image_of_an_example_is_among_those_of_the_busybox_root() {
    let mut found = 0;
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let document: Value = serde_saphyr::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for task in document["spec"]["tasks"].as_array().unwrap() {
            let image = task["image"].as_str().unwrap();
            let tag = if image.contains(':') { "" } else { ":latest" };
            let full = format!("docker.io/library/{image}{tag}");
            assert!(busybox::NAMES.contains(&full.as_str()), "{}: {image}", path.display());
            found += 1;
        }
    }
    assert!(found > 50, "only {found} tasks were found");
}

#[test]
fn the_dockerfile_gives_the_same_image() {
    let text = fs::read_to_string(root().join("Dockerfile")).unwrap().replace(" \\\n", " ");
    let (build, result) = text.split_once("\nFROM scratch\n").unwrap();
    for program in PROGRAMS {
        assert!(build.contains(&format!("--package {program} ")), "{program} is not built");
        assert!(build.contains(&format!("/release/{program}")), "{program} is not copied");
    }
    let channel = fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    let channel = channel.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    assert!(build.contains(&format!("\nFROM rust:{channel}-")), "another compiler than {channel}");

    let mut labels: Vec<(&str, &str)> = LABELS.to_vec();
    labels.push(("org.opencontainers.image.version", env!("CARGO_PKG_VERSION")));
    labels.sort_unstable();
    let label = result.lines().find_map(|line| line.strip_prefix("LABEL ")).unwrap();
    let mut written: Vec<(&str, &str)> =
        label.split("\" ").map(|pair| pair.trim().trim_end_matches('"').split_once("=\"").unwrap()).collect();
    written.sort_unstable();
    assert_eq!(written, labels);

    let lines: Vec<&str> = result.lines().filter(|line| !line.starts_with("LABEL ")).collect();
    let entrypoint = format!("ENTRYPOINT [\"/{}\"]", PROGRAMS[0]);
    let user = format!("USER {USER}");
    assert_eq!(lines, ["COPY --from=build /programs/ /", &user, "WORKDIR /", &entrypoint]);
}

#[test]
fn the_busybox_root_has_a_shell_and_where_to_write() {
    let links = ["bin/busybox", "bin/sh", "usr/bin/env"].map(str::to_owned);
    let root = files(&busybox::root(b"program", &links).unwrap().tar().unwrap());
    assert_eq!(root["bin/busybox"], b"program");
    for path in ["bin/sh", "usr/bin/env", "etc/passwd", "etc/group", "root/", "tmp/", "var/tmp/", "proc/"] {
        assert!(root.contains_key(path), "{path}: {:?}", root.keys());
    }
}

#[test]
fn what_is_missing_is_named_with_the_commands_that_install_it() {
    let is_missing = |_: &Need| false;
    let said = format!("{:#}", needs::report(&needs::all(), is_missing).unwrap_err());
    for part in
        ["rustup target add", "install -qy --no-install-recommends musl-tools", "busybox-static", "--install"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(needs::report(&needs::all(), |_| true).is_ok());
}
