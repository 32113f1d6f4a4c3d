//! Which addresses a client may register to be answered at (RFC 6749, section 3.1.2; RFC 8252, section 7.3).

/// Whether this is `https`, or `http` on this very machine; absolute, without fragment, user or blanks.
///
/// Loopback is allowed in every profile: a mock is used on a developer's machine.
pub(crate) fn may_be_registered(uri: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"#\\".contains(&byte);
    if !uri.bytes().all(is_plain) {
        return false;
    }
    let Some((scheme, host)) = scheme_and_host(uri) else {
        return false;
    };
    match scheme {
        "https" => true,
        "http" => is_loopback(host),
        _ => false,
    }
}

/// The scheme and the host of an absolute URL, if it names one, hides no user before it, and names no port
/// beside it that there cannot be.
pub(crate) fn scheme_and_host(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        // The colons between brackets are an IPv6 address's own.
        Some(_) if authority.ends_with(']') => (authority, None),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let may_be = |port: &str| {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        is_number && port.parse::<u16>().is_ok_and(|number| number != 0)
    };
    let is_named = !host.is_empty() && !host.contains('@');
    (is_named && port.is_none_or(may_be)).then_some((scheme, host))
}

/// Whether a host is this machine, by one of the three names everybody knows.
pub(crate) fn is_loopback(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_safe_addresses_only() {
        for uri in [
            "https://localhost:9443/callback",
            "http://localhost:9080/callback",
            "https://tpp.example.com/cb?dummy1=lorem&dummy2=ipsum",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/cb",
            "http://[::1]/cb",
            "https://[2001:db8::1]/cb",
            "https://tpp.example:65535/cb",
        ] {
            assert!(may_be_registered(uri), "{uri}");
        }
        for uri in [
            "",
            "localhost:9443/callback",
            "http://tpp.example.com/cb",
            "http://localhost.example.com/cb",
            "http://localhost\\.example.com/cb",
            "http://localhost@example.com/cb",
            "https://user@example.com/cb",
            "https:///cb",
            "https://tpp.example:99999/cb",
            "https://tpp.example:65536/cb",
            "https://tpp.example:0/cb",
            "https://tpp.example:+80/cb",
            "https://tpp.example:http/cb",
            "https://tpp.example:/cb",
            "https://[2001:db8::1]:99999/cb",
            "http://localhost:99999/cb",
            "https://example.com/cb#here",
            "https://example.com/a b",
            "javascript://localhost/alert",
            "custom-scheme://cb",
        ] {
            assert!(!may_be_registered(uri), "{uri}");
        }
    }
}
