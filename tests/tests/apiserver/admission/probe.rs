//! Ports of this machine, and what answers there.

use std::{
    net::{IpAddr, TcpListener, UdpSocket},
    path::PathBuf,
    sync::LazyLock,
    time::Duration,
};

use kube::config::Kubeconfig;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where the API server reaches this machine: an API server in a network of its own has another loopback.
pub static HERE: LazyLock<IpAddr> = LazyLock::new(|| {
    let config = Kubeconfig::read().unwrap();
    let server = config.clusters.iter().find_map(|cluster| cluster.cluster.as_ref()?.server.clone()).unwrap();
    let server: http::Uri = server.parse().unwrap();
    // Nothing is sent: it only chooses the way.
    let socket = UdpSocket::bind(("0.0.0.0", 0)).unwrap();
    socket.connect((server.host().unwrap(), server.port_u16().unwrap_or(443))).unwrap();
    socket.local_addr().unwrap().ip()
});

/// A port of this machine that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind((*HERE, 0)).unwrap().local_addr().unwrap().port()
}

/// The code and the text with which a path is answered on a port of this machine; none where nobody answers.
pub async fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let talk = async {
        let mut stream = TcpStream::connect((*HERE, port)).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.ok()?;
        let answer = String::from_utf8_lossy(&bytes).into_owned();
        let code = answer.split(' ').nth(1)?.parse().ok()?;
        Some((code, answer.split_once("\r\n\r\n")?.1.to_owned()))
    };
    timeout(Duration::from_secs(5), talk).await.ok().flatten()
}
