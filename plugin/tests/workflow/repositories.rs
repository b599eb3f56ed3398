//! `--tool-repo`: files, directories and addresses of tools.

use std::{
    io::{Read as _, Write as _},
    os::unix::fs::symlink,
    time::{Duration, Instant},
};

use crate::{
    place::{Place, called},
    server::{Server, answer},
};

const WORKFLOW: &str = "workflow: {a: {tool: 'bwa:0.7', commands: [x]}}\n";

fn image(place: &Place, arguments: &str) -> String {
    let execution = place.execution(&format!("w.yaml {arguments}"));
    execution["spec"]["tasks"][0]["image"].as_str().unwrap().to_owned()
}

#[test]
fn tools_are_found_in_files_and_directories_of_any_depth() {
    let place = Place::with(WORKFLOW);
    assert_eq!(image(&place, "--tool-repo tools"), "bwa:0.7");
    assert_eq!(image(&place, "--tool-repo tools/bwa.yaml"), "bwa:0.7");
    place.write("tools/a/b/c.json", r#"{"name": "bwa", "version": "0.7", "image": "bwa:json"}"#);
    place.write("tools/z/c.yml", "---\n# nothing\n---\nname: x\nversion: 1\nimage: x\n---\nName: bwa\nversion: '0.7'\nimage: bwa:last\n");
    let found = place.expect("submit w.yaml --tool-repo tools --dry-run=client -o yaml", 0);
    assert!(found.out.contains("image: bwa:last"), "{}", found.out);
    let said = "tool \"bwa:0.7\" is there 3 times; this one, the last, holds\n --> tools/z/c.yml:8:7 name";
    assert!(found.err.contains(said), "{}", found.err);
    // What another program keeps there is none of our business.
    place.write("tools/zz.txt", "name: bwa\nversion: '0.7'\nimage: no\n");
    place.write("tools/.git/zz.yaml", "name: bwa\nversion: '0.7'\nimage: no\n");
    std::fs::create_dir(place.path("tools/zz.yaml")).unwrap();
    symlink(place.path("tools"), place.path("tools/loop")).unwrap();
    assert_eq!(image(&place, "--tool-repo tools"), "bwa:last");
    // A mounted ConfigMap.
    place.write("mounted/..data/c.yaml", "name: bwa\nversion: '0.7'\nimage: bwa:mounted\n");
    symlink("..data/c.yaml", place.path("mounted/c.yaml")).unwrap();
    assert_eq!(image(&place, "--tool-repo mounted"), "bwa:mounted");
    assert_eq!(image(&place, "--tool-repo mounted --tool-repo tools/bwa.yaml"), "bwa:0.7");
}

#[test]
fn the_usual_place_is_looked_at_where_no_other_is_named() {
    let place = Place::with(WORKFLOW);
    let called = place.expect("lint w.yaml", 1);
    assert!(called.err.contains("there is no tool \"bwa:0.7\""), "{}", called.err);
    assert!(
        called.err.contains("= help: name the directory of your tools with --tool-repo"),
        "{}",
        called.err
    );
    place.write("kubegene/tools/bwa.yaml", "name: bwa\nversion: '0.7'\nimage: bwa:home\n");
    assert_eq!(image(&place, ""), "bwa:home");
    assert_eq!(image(&place, "--tool-repo tools"), "bwa:0.7");
}

#[test]
fn only_what_is_used_must_be_sound() {
    let place = Place::with(WORKFLOW);
    place.write("tools/broken.yaml", "name: [\n");
    place.write("tools/binary.yaml", b"\xff\xfe\x00");
    place.write("tools/faulty.yaml", "name: other\nversion: 1\nimagge: x\n");
    place.write("tools/list.yaml", "[1, 2]\n");
    place.write(
        "tools/half.yaml",
        "name: half\nversion: 1\nversion: 2\nimage: x\n---\nname: whole\nversion: 1\nimage: x\n",
    );
    let called = place.expect("lint w.yaml --tool-repo tools", 0);
    assert_eq!(
        (called.out.as_str(), called.err.as_str()),
        ("w.yaml: 1 workflow, 1 task, 1 vertex: ok\n", "")
    );
    place.write("whole.yaml", "workflow: {a: {tool: 'whole:1', commands: [x]}}\n");
    place.expect("lint whole.yaml --tool-repo tools", 0);
    // Where a tool is missing, what could not be read is the likely reason.
    place.write("half.yaml", "workflow: {a: {tool: 'half:1', commands: [x]}}\n");
    let called = place.expect("lint half.yaml --tool-repo tools", 1);
    for part in [
        "error: there is no tool \"half:1\"",
        "= help: it may stand in what could not be read of the tools: see the 3 faults below",
        "warning: the key \"version\" stands twice (lines 2 and 3)\n --> tools/half.yaml:3:1",
        "tools/broken.yaml:",
        "warning: the file is UTF-16\n --> tools/binary.yaml",
        "half.yaml: 1 error and 3 warnings in 1 workflow\n",
    ] {
        assert!(called.err.contains(part), "{part:?} is missing in:\n{}", called.err);
    }
}

#[test]
fn a_repository_that_is_not_there_is_named() {
    let place =
        Place::with("workflow: {a: {tool: 'bwa:0.7', commands: [x]}, b: {tool: 'x:1', comands: [x]}}\n");
    let called = place.expect("lint w.yaml --tool-repo nosuch", 1);
    assert_eq!(
        called.err,
        r#"error: there is no field "comands" here
 --> w.yaml:1:62 workflow.b.comands
  |
1 | workflow: {a: {tool: 'bwa:0.7', commands: [x]}, b: {tool: 'x:1', comands: [x]}}
  |                                                                  ^^^^^^^
  = help: there is a field "commands"

error: there is no tool repository here: no such file or directory
 --> --tool-repo nosuch
  = help: name a file, a directory or an http(s) address of tools

w.yaml: 2 errors in 1 workflow
"#
        .replace(
            ":1:62",
            &format!(":1:{}", 1 + "workflow: {a: {tool: 'bwa:0.7', commands: [x]}, b: {tool: 'x:1', ".len())
        )
    );
    std::fs::create_dir(place.path("empty")).unwrap();
    let called = place.expect("lint w.yaml --tool-repo empty", 1);
    assert!(
        called.err.contains("= help: no tool is in empty: name another place with --tool-repo"),
        "{}",
        called.err
    );
}

/// Somebody names the root of a disk.
#[test]
fn a_directory_is_looked_through_within_bounds() {
    let place = Place::with(WORKFLOW);
    for number in 0..=20_000 {
        if number % 1000 == 0 {
            std::fs::create_dir_all(place.path(&format!("many/{}", number / 1000))).unwrap();
        }
        std::fs::File::create(place.path(&format!("many/{}/{number}", number / 1000))).unwrap();
    }
    let called = place.expect("lint w.yaml --tool-repo many", 1);
    assert!(
        called.err.contains("this directory holds over 20,000 files\n --> --tool-repo many"),
        "{}",
        called.err
    );
    place.write(&format!("deep/{}x.yaml", "d/".repeat(40)), "");
    let called = place.expect("lint w.yaml --tool-repo deep", 1);
    assert!(called.err.contains("nested more than 32 levels deep"), "{}", called.err);
}

const TOOL: &[u8] = b"name: bwa\nversion: '0.7'\nimage: bwa:served\n";

#[test]
fn tools_come_from_an_address() {
    let server = Server::new(|path, stream| match path {
        "/moved" => answer(stream, "302 Found", "Location: tools.yaml?v=1\r\n", b""),
        "/tools.yaml?v=1" => answer(stream, "200 OK", "", TOOL),
        "/chunked" => {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
            let _ =
                write!(stream, "{head}{:x}\r\n{}\r\n0\r\n\r\n", TOOL.len(), String::from_utf8_lossy(TOOL));
        }
        _ => answer(stream, "404 Not Found", "", b"<html>"),
    });
    let place = Place::with(WORKFLOW);
    assert_eq!(image(&place, &format!("--tool-repo {}", server.url("/moved"))), "bwa:served");
    assert_eq!(server.lines(), ["GET /moved HTTP/1.1", "GET /tools.yaml?v=1 HTTP/1.1"]);
    assert_eq!(image(&place, &format!("--tool-repo {}", server.url("/chunked"))), "bwa:served");
    // A workflow that there is not needs no tools.
    let before = server.lines().len();
    place.expect(&format!("lint nosuch.yaml --tool-repo {}", server.url("/moved")), 1);
    assert_eq!(server.lines().len(), before);
    let heads = server.asked.lock().unwrap().join("\n").to_lowercase();
    assert!(!heads.contains("authorization") && !heads.contains("cookie"), "{heads}");
}

#[test]
fn an_address_that_gives_no_tools_is_refused_with_its_reason() {
    let server = Server::new(|path, stream| match path {
        "/locked" => answer(stream, "401 Unauthorized", "WWW-Authenticate: Basic\r\n", b""),
        "/round" => answer(stream, "301 Moved Permanently", "Location: /round\r\n", b""),
        "/nowhere" => answer(stream, "303 See Other", "", b""),
        "/file" => answer(stream, "302 Found", "Location: file:///etc/passwd\r\n", b""),
        "/large" => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
        }
        "/endless" => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while stream.write_all(&[b'#'; 8192]).is_ok() {}
        }
        "/cut" => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nname: ");
        }
        "/html" => answer(stream, "200 OK", "", b"<html>\n<p>a: b: c</p>\n"),
        _ => answer(stream, "404 Not Found", "", b""),
    });
    let place = Place::with(WORKFLOW);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, expected) in [
        (server.url("/x"), "the server answered 404 Not Found"),
        (server.url("/locked"), "the server answered 401 Unauthorized"),
        (server.url("/round"), "the server sends on to another address more than 5 times"),
        (server.url("/nowhere"), "the server answered 303 See Other and named no other address"),
        (server.url("/file"), "the server sends on to \"file:///etc/passwd\": this is no address"),
        (server.url("/large"), "a file of tools may have 16 MiB at most"),
        (server.url("/endless"), "a file of tools may have 16 MiB at most"),
        (server.url("/cut"), "the answer broke off"),
        (server.url("/html"), "there is no tool \"bwa:0.7\""),
        (format!("http://{closed}/x"), "no answer from 127.0.0.1:"),
        ("http://".to_owned(), "this is no address"),
        ("https://user:secret@127.0.0.1/x".to_owned(), "takes no user and password"),
    ] {
        let called = place.expect(&format!("lint w.yaml --tool-repo {address}"), 1);
        assert!(called.err.contains(expected), "{address}: {expected:?} is missing in:\n{}", called.err);
        assert!(
            called.err.contains("= help: ") && called.err.ends_with("w.yaml: 1 error in 1 workflow\n")
                || address.ends_with("/html"),
            "{}",
            called.err
        );
    }
    let rounds = server.lines().iter().filter(|line| line.contains("/round")).count();
    assert_eq!(rounds, 6);
}

/// The whole of it has a bound: a server may take every byte, or no time for any.
#[test]
fn an_address_that_does_not_answer_is_given_up() {
    let server = Server::new(|path, stream| {
        if path == "/slow" {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while stream.write_all(b"#\n").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        } else {
            // Until the program goes away.
            let _ = stream.read(&mut [0; 64]);
        }
    });
    let place = Place::with(WORKFLOW);
    for path in ["/slow", "/silent"] {
        let began = Instant::now();
        let called = place.expect(&format!("lint w.yaml --tool-repo {}", server.url(path)), 1);
        assert!(
            called.err.contains("no answer within 10 s\n --> --tool-repo http://127.0.0.1:"),
            "{}",
            called.err
        );
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

/// The environment's proxy is asked for what is elsewhere, and never for this machine.
#[test]
fn a_proxy_stands_between_here_and_elsewhere() {
    let place = Place::with(WORKFLOW);
    let proxy = Server::new(|_, stream| answer(stream, "502 Bad Gateway", "", b""));
    let server = Server::new(|_, stream| answer(stream, "200 OK", "", TOOL));
    let lint = |address: &str| {
        let mut command = place.command(&["lint", "w.yaml", "--tool-repo", address]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY"] {
            command.env(name, format!("http://{}", proxy.address));
        }
        called(command)
    };
    assert_eq!(lint(&server.url("/x")).code, Some(0));
    assert!(proxy.lines().is_empty());
    for (address, line) in [
        ("http://tools.invalid/x", "CONNECT tools.invalid:80 HTTP/1.1"),
        ("https://tools.invalid/x", "CONNECT tools.invalid:443 HTTP/1.1"),
    ] {
        let called = lint(address);
        assert_eq!(called.code, Some(1));
        assert!(called.err.contains("no answer from tools.invalid: "), "{}", called.err);
        assert_eq!(proxy.lines().last().map(String::as_str), Some(line));
    }
}
