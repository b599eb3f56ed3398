//! The networks of a cluster with a node, and the namespaces that hold them.
//!
//! All of the cluster's processes are in a network and a mount namespace of their own: bridge, pods'
//! links, packet filter rules, kernel settings and mounts are seen by nobody else and end with the
//! last process. One pair of links joins this machine to the bridge, as one more machine on the
//! pods' network, so that it reaches the API server, pods and services by their addresses.

use std::{fs, net::Ipv4Addr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    binaries::Binaries,
    cgroup, down,
    process::{self, Process, Started},
    progress,
    state::{HIDDEN_FROM_NODE, State},
};

/// The name of the process that holds the namespaces: the one that also holds a pod's.
const HOLDER: &str = "pause";

/// The bridge in the cluster's namespace.
pub(super) const BRIDGE: &str = "kubegene0";
/// Its hardware address. A bridge that is given none takes the least of its ports', another one whenever the pod that had it
/// ends: then nobody reaches the API server until he has asked anew who has its address, half a minute later.
const BRIDGE_ADDRESS: &str = "0a:58:0a:f4:00:01";

/// As many clusters find addresses of their own.
const COUNT: u8 = 16;

/// Kernel settings that are the whole machine's and that kubelet would change. It finds what it wants
/// in files that lie over them.
const SETTINGS: [(&str, &str); 6] = [
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/keys/root_maxkeys", "1000000"),
    ("kernel/keys/root_maxbytes", "25000000"),
];

/// The addresses of one cluster: 10.244.0.0/20 and 10.96.0.0/16, or as far above as its number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    number: u8,
}

impl Network {
    pub(super) fn new(number: u8) -> Self {
        Self { number: number % COUNT }
    }

    /// The node's address, which is the API server's and the pods' gateway.
    pub(super) fn node(self) -> Ipv4Addr {
        self.pod_network(1)
    }

    /// This machine's address on the pods' network.
    pub(super) fn host(self) -> Ipv4Addr {
        self.pod_network(2)
    }

    /// The first address that a pod may have.
    pub(super) fn first_pod(self) -> Ipv4Addr {
        self.pod_network(16)
    }

    /// Pods' addresses, this machine's and the node's.
    pub(super) fn pods(self) -> String {
        format!("{}/20", self.pod_network(0))
    }

    /// Services' addresses.
    pub(super) fn services(self) -> String {
        format!("{}/16", self.service(0))
    }

    /// The service by which pods reach the API server.
    pub(super) fn api_service(self) -> Ipv4Addr {
        self.service(1)
    }

    /// Where a name server would be. There is none, but kubelet warns of every pod where it knows of none.
    pub(super) fn name_server(self) -> Ipv4Addr {
        self.service(10)
    }

    fn is_in(self, taken: &[(u32, u32)]) -> bool {
        let mine = [range(self.node(), 20), range(self.api_service(), 16)];
        mine.iter().any(|mine| taken.iter().any(|other| mine.0 <= other.1 && other.0 <= mine.1))
    }

    fn pod_network(self, host: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 244, self.number * 16, host)
    }

    fn service(self, host: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 96 + self.number, 0, host)
    }
}

/// The number of the first networks to which this machine has no route yet.
pub(super) fn free() -> Result<u8> {
    let taken = routes()?;
    (0..COUNT)
        .find(|number| !Network::new(*number).is_in(&taken))
        .with_context(|| format!("this machine has routes to all {COUNT} networks that a cluster may have"))
}

fn routes() -> Result<Vec<(u32, u32)>> {
    let output = process::command("ip").args(["-4", "-o", "route", "show", "table", "all"]).output();
    let output = output.context("cannot run ip")?;
    ensure!(output.status.success(), "ip route: {}", String::from_utf8_lossy(&output.stderr).trim());
    let routes = String::from_utf8_lossy(&output.stdout);
    Ok(routes.lines().filter_map(destination).collect())
}

/// The addresses of a route, except of the default route, which covers everything.
fn destination(route: &str) -> Option<(u32, u32)> {
    let mut words = route.split_whitespace();
    let first = words.next()?;
    let is_kind = ["local", "broadcast", "unicast", "blackhole", "unreachable", "prohibit"].contains(&first);
    let network = if is_kind { words.next()? } else { first };
    let (address, length) = network.split_once('/').unwrap_or((network, "32"));
    Some(range(address.parse().ok()?, length.parse().ok().filter(|length| (1..=32).contains(length))?))
}

fn range(address: Ipv4Addr, length: u32) -> (u32, u32) {
    let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
    (address.to_bits() & !hosts, address.to_bits() | hosts)
}

/// This machine's end of the pair of links.
pub(super) fn link(state: &State) -> String {
    format!("kubegene{}", &state.id()[..6])
}

/// A running process that is in the namespaces, where there is one.
pub(super) fn holder(state: &State) -> Result<Option<Process>> {
    process::find(state, HOLDER)
}

/// Makes the namespaces and joins this machine to them.
pub(super) fn open(state: &State, binaries: &Binaries, network: Network) -> Result<Process> {
    let mut started: Vec<Started> = Vec::new();
    if holder(state)?.is_none() {
        // What is left without it is in namespaces that nobody can find again.
        down::clear(state)?;
        ensure!(
            !network.is_in(&routes()?),
            "the networks of the cluster at {}, {} and {}, are another's by now; run \"cargo xtask cluster down\"",
            state.directory().display(),
            network.pods(),
            network.services()
        );
        cgroup::make(state)?;
        load_modules();
        let program = namespaces(state, binaries, network)?;
        started.push(process::start(state, "namespaces", &program)?);
    }
    let holder = progress::wait("the node's namespaces", Duration::from_secs(10), &mut started, || {
        holder(state)?.context("they are being made")
    })?;
    let link = link(state);
    join(&link, holder.pid, network)
        .with_context(|| format!("cannot join this machine to the cluster's network by link {link}"))?;
    Ok(holder)
}

/// The command line that runs a program in the namespaces.
pub(super) fn inside(holder: &Process, program: &[String]) -> Vec<String> {
    let enter = ["nsenter".to_owned(), format!("--target={}", holder.pid), "--net".into(), "--mount".into()];
    enter.into_iter().chain(["--".to_owned()]).chain(program.iter().cloned()).collect()
}

/// Removes this machine's end, and the other end with it.
pub(super) fn close(state: &State) -> Result<()> {
    let link = link(state);
    if has_link(&link) && ip(&["link", "delete", &link]).is_err() && has_link(&link) {
        bail!("cannot remove link {link}; as root: ip link delete {link}");
    }
    Ok(())
}

fn has_link(link: &str) -> bool {
    Path::new("/sys/class/net").join(link).exists()
}

/// The pair of links: one end here, the other a port of the bridge. Whatever of it is there already, the
/// result is the same.
fn join(link: &str, holder: i32, network: Network) -> Result<()> {
    let holder = holder.to_string();
    let target = format!("--target={holder}");
    if !has_link(link) {
        ip(&["link", "add", link, "type", "veth", "peer", "name", "host", "netns", &holder])?;
    }
    run("nsenter", &[&target, "--net", "--", "ip", "link", "set", "host", "master", BRIDGE, "up"])?;
    ip(&["address", "replace", &format!("{}/20", network.host()), "dev", link])?;
    ip(&["link", "set", link, "up"])?;
    ip(&["route", "replace", &network.services(), "via", &network.node().to_string()])
}

fn ip(arguments: &[&str]) -> Result<()> {
    run("ip", arguments)
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = process::command(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {program}"))?;
    let message = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {}: {}", arguments.join(" "), message.trim());
    Ok(())
}

/// What containers need of the kernel, where it is not built in. A failure shows later and clearer.
fn load_modules() {
    for module in ["overlay", "br_netfilter"] {
        let _ = process::command("modprobe").arg(module).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// The command that makes the namespaces, sets them up, and becomes the process that holds them.
/// Mounts of this machine appear in them; theirs do not appear here.
fn namespaces(state: &State, binaries: &Binaries, network: Network) -> Result<Vec<String>> {
    use std::fmt::Write as _;
    let mut script = format!(
        "mount --make-rshared /\n\
         ip link set lo up\n\
         ip link add {BRIDGE} address {BRIDGE_ADDRESS} type bridge\n\
         ip address add {}/20 dev {BRIDGE}\n\
         ip link set {BRIDGE} up\n\
         echo 1 > /proc/sys/net/ipv4/ip_forward\n",
        network.node()
    );
    for (index, (setting, value)) in SETTINGS.iter().enumerate() {
        if !Path::new("/proc/sys").join(setting).exists() {
            continue;
        }
        let file = format!("node/settings/{index}");
        state.write(&file, &format!("{value}\n"))?;
        let _ = writeln!(script, "mount --bind '{}' /proc/sys/{setting}", state.argument(&file));
    }
    for directory in HIDDEN_FROM_NODE {
        let own = state.path("node").join(directory.trim_start_matches('/'));
        if directory == "/run" && own.exists() {
            // As after a start of the machine: what is there speaks of processes that are gone.
            fs::remove_dir_all(&own).with_context(|| format!("cannot empty {}", own.display()))?;
        }
        fs::create_dir_all(&own).with_context(|| format!("cannot create {}", own.display()))?;
        // A link instead of a directory is what it leads to.
        let _ = writeln!(script, "mount --bind '{}' \"$(readlink -f {directory})\"", own.display());
    }
    let _ = writeln!(script, "exec '{}'", binaries.pause().display());
    let program = ["unshare", "--net", "--mount", "--propagation", "slave", "--", "sh", "-euc", &script];
    Ok(program.map(str::to_owned).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_do_not_overlap() {
        let ranges: Vec<(u32, u32)> = (0..COUNT)
            .map(Network::new)
            .flat_map(|network| [range(network.node(), 20), range(network.api_service(), 16)])
            .collect();
        for (index, first) in ranges.iter().enumerate() {
            for second in &ranges[index + 1..] {
                assert!(first.1 < second.0 || second.1 < first.0);
            }
        }
    }

    #[test]
    fn a_route_is_read_whatever_its_kind() {
        let cases = [
            ("default via 192.0.2.1 dev eth0", None),
            ("0.0.0.0/1 via 192.0.2.1 dev tun0", Some(("0.0.0.0", "127.255.255.255"))),
            ("10.244.0.0/20 dev x proto kernel scope link", Some(("10.244.0.0", "10.244.15.255"))),
            ("10.88.0.1 dev x", Some(("10.88.0.1", "10.88.0.1"))),
            ("local 10.244.0.2 dev x table local", Some(("10.244.0.2", "10.244.0.2"))),
            ("blackhole 10.0.0.0/8", Some(("10.0.0.0", "10.255.255.255"))),
            ("", None),
        ];
        for (route, expected) in cases {
            let expected = expected.map(|(first, last)| {
                [first, last].map(|address| address.parse::<Ipv4Addr>().unwrap().to_bits()).into()
            });
            assert_eq!(destination(route), expected, "{route}");
        }
    }
}
