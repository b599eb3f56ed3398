//! A server on this machine that answers as a test says.

use std::{
    io::{BufRead as _, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What a server was asked: the first line and the headers of each request.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// A server on the loopback address. It goes away with the test's process.
pub struct Server {
    pub address: SocketAddr,
    pub asked: Asked,
}

impl Server {
    /// Answers each request with what this makes of its path, on a connection of its own.
    pub fn new(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Asked::default();
        let record = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head: Vec<String> =
                    lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
                let path =
                    head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
                record.lock().unwrap().push(head.join("\n"));
                answer(&path, &mut stream);
            }
        });
        Self { address, asked }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter_map(|head| head.lines().next().map(str::to_owned)).collect()
    }
}

/// Writes an answer. A program that has record enough may have gone.
pub fn answer(stream: &mut impl Write, status: &str, headers: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
