//! Which servers are asked directly although the environment names a proxy.

use std::{env, net::IpAddr};

/// Whether no proxy stands between here and this host: the machine itself, and what `NO_PROXY` lists.
pub fn goes_direct(host: &str) -> bool {
    let list = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| env::var(name).ok()).unwrap_or_default();
    is_direct(host, &list)
}

fn is_direct(host: &str, list: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| match entry.as_str() {
        "" => false,
        "*" => true,
        entry => match (address, entry.split_once('/')) {
            (Some(address), Some((network, bits))) => is_within(address, network, bits),
            (Some(_), None) => entry == host,
            (None, _) => {
                let domain = entry.trim_start_matches("*.").trim_start_matches('.');
                host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
            }
        },
    })
}

fn is_within(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or_default();
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or_default();
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_hosts_domains_and_networks() {
        let cases = [
            ("localhost", "", true),
            ("127.0.0.1", "", true),
            ("[::1]", "", true),
            ("10.0.0.1", "", false),
            ("10.0.0.1", "10.0.0.0/8", true),
            ("10.0.0.1", "10.0.0.2, 10.0.0.1", true),
            ("11.0.0.1", "10.0.0.0/8", false),
            ("11.0.0.1", "0.0.0.0/0", true),
            ("11.0.0.1", "10.0.0.0/99", false),
            ("fd00::1", "fd00::/8", true),
            ("api.example.org", "example.org", true),
            ("api.example.org", ".example.org", true),
            ("api.example.org", "*.EXAMPLE.org", true),
            ("badexample.org", "example.org", false),
            ("api.example.org", "other.org", false),
            ("anything", "*", true),
            ("anything", ",", false),
        ];
        for (host, list, direct) in cases {
            assert_eq!(is_direct(host, list), direct, "{host} with {list:?}");
        }
    }
}
