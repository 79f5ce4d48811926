//! The answers of the function, and rules for the files of the pages.

use std::io::Read;
use std::time::Duration;

use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use flate2::read::GzDecoder;
use puntos_runtime::Function as _;
use serde_json::json;

use super::*;

const KEPT: &str = "public, max-age=31536000, immutable";

fn function() -> Function {
    Function {
        brand: "Café \"<Nord>\" & Söhne".to_owned(),
        sign_in_url: "https://sign-in.example.com".to_owned(),
        sign_in_client: "client-1".to_owned(),
        headers: policy::headers("https://sign-in.example.com", "https://bucket.example.com"),
    }
}

async fn answer(route: &str, proxy: &str, headers: &[(&str, &str)]) -> ApiGatewayV2httpResponse {
    answer_to(route, proxy, "", headers).await
}

async fn answer_to(
    route: &str,
    proxy: &str,
    code: &str,
    headers: &[(&str, &str)],
) -> ApiGatewayV2httpResponse {
    let headers: serde_json::Map<String, serde_json::Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let event = json!({
        "version": "2.0", "routeKey": route, "rawPath": "/", "rawQueryString": "", "headers": headers,
        "pathParameters": {"proxy": proxy},
        "queryStringParameters": if code.is_empty() { json!({}) } else { json!({"code": code}) },
        "isBase64Encoded": false,
        "requestContext": {"http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.10", "userAgent": "browser"}},
    });
    let request = serde_json::from_value(event).unwrap();
    let invocation =
        Invocation { request_id: "test".to_owned(), remaining: Duration::from_secs(1) };
    function().handle(request, invocation).await.unwrap()
}

fn text(answer: &ApiGatewayV2httpResponse) -> &str {
    match &answer.body {
        Some(Body::Text(text)) => text,
        other => panic!("no text: {other:?}"),
    }
}

/// Returns the path of a script, without the folder of the assets.
fn script() -> String {
    let paths = files::paths();
    let mut assets = paths.iter().filter_map(|path| path.strip_prefix("assets/"));
    assets.find(|path| path.ends_with(".js")).expect("a script").to_owned()
}

#[tokio::test]
async fn a_page_is_filled_in_and_escaped() {
    for Page { route, script, .. } in PAGES {
        let answer = answer(route, "", &[]).await;
        assert_eq!(answer.status_code, 200, "{route}");
        assert_eq!(answer.headers[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(answer.headers[CACHE_CONTROL], "no-cache");
        let page = text(&answer);
        assert!(page.contains(&format!("/assets/{}/", files::version())), "{page}");
        assert!(page.contains("Café &quot;&lt;Nord&gt;&quot; &amp; Söhne"), "{page}");
        assert!(page.contains("client-1") && !page.contains("{{"), "{page}");
        assert!(preloaded(page).contains(&script), "{page}");
    }
}

/// Returns the scripts that a page loads together.
fn preloaded(page: &str) -> Vec<&str> {
    let start = format!("<link rel=\"modulepreload\" href=\"/assets/{}/", files::version());
    let scripts = page.lines().filter_map(|line| line.strip_prefix(&start)?.strip_suffix("\">"));
    scripts.collect()
}

#[tokio::test]
async fn the_desk_loads_the_part_of_its_address_at_once() {
    for (path, code, expected) in [
        ("", "", "desk/members.js"),
        ("ratings", "", "desk/ratings.js"),
        ("claims/clm_1", "", "desk/claims.js"),
        // No part: only what every part needs.
        ("nowhere", "", ""),
        ("../core/api", "", ""),
        ("", "of-the-sign-in", ""),
    ] {
        let route = if path.is_empty() { DESK } else { PART_OF_DESK };
        let answer = answer_to(route, path, code, &[]).await;
        let scripts = preloaded(text(&answer));
        let parts = ["members", "ratings", "tasks", "claims", "programme", "reports"];
        let parts = parts.map(|part| format!("desk/{part}.js"));
        let found = scripts.iter().find(|script| parts.iter().any(|part| part == *script));
        assert_eq!(found.copied().unwrap_or_default(), expected, "{path}");
        assert_eq!(scripts.first(), Some(&"desk/main.js"), "{path}");
    }
}

#[tokio::test]
async fn an_asset_is_kept_only_under_the_current_version() {
    let (script, version) = (script(), files::version());
    for (version, caching) in
        [(&*version, KEPT), ("000000000000", "no-cache"), ("", "no-cache"), ("v", "no-cache")]
    {
        let answer = answer(ASSETS, &format!("{version}/{script}"), &[]).await;
        assert_eq!(answer.status_code, 200, "{version}");
        assert_eq!(answer.headers[CACHE_CONTROL], caching, "{version}");
        assert_eq!(answer.headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
        let file = files::file(&format!("assets/{script}")).unwrap();
        let source = std::str::from_utf8(&file.content).unwrap();
        assert_eq!(text(&answer), files::without_comments(source));
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let asset = format!("{}/{}", files::version(), script());
    for (route, proxy) in [("GET /", ""), (ASSETS, &*asset)] {
        let first = answer(route, proxy, &[]).await;
        let tag = first.headers[ETAG].to_str().unwrap();
        let strong = tag.trim_start_matches("W/");
        let listed = format!("\"other\", {tag}");
        for known in [tag, strong, &listed, "*"] {
            let again = answer(route, proxy, &[("if-none-match", known)]).await;
            assert_eq!(again.status_code, 304, "{known}");
            assert!(again.body.is_none() && !again.headers.contains_key(CONTENT_TYPE));
            for name in [ETAG, CACHE_CONTROL, VARY, CONTENT_SECURITY_POLICY] {
                assert_eq!(again.headers[&name], first.headers[&name], "{name}");
            }
        }
        let other = answer(route, proxy, &[("if-none-match", "W/\"other\"")]).await;
        assert_eq!(other.status_code, 200);
    }
}

#[tokio::test]
async fn texts_are_compressed_for_who_can_read_it() {
    let asset = format!("{}/{}", files::version(), script());
    for (route, proxy) in [("GET /desk", ""), (ASSETS, &*asset)] {
        let plain = answer(route, proxy, &[("accept-encoding", "br, gzip;q=0")]).await;
        assert!(!plain.is_base64_encoded && !plain.headers.contains_key(CONTENT_ENCODING));
        let small = answer(route, proxy, &[("accept-encoding", "gzip, deflate, br")]).await;
        assert!(small.is_base64_encoded);
        assert_eq!(small.headers[CONTENT_ENCODING], "gzip");
        for answer in [&plain, &small] {
            assert_eq!(answer.headers[VARY], "Accept-Encoding");
            assert_eq!(answer.headers[ETAG], plain.headers[ETAG]);
        }
        let Some(Body::Binary(bytes)) = &small.body else { panic!("{small:?}") };
        let mut unpacked = String::new();
        GzDecoder::new(&**bytes).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, text(&plain));
    }
}

#[tokio::test]
async fn there_is_nothing_but_the_files_of_the_folder() {
    let version = files::version();
    let script = script();
    for path in [
        String::new(),
        script.rsplit('/').next().unwrap().to_owned(),
        format!("{version}/nothing.js"),
        format!("{version}/"),
        format!("{version}/../shop.html"),
        format!("{version}/../../Cargo.toml"),
        format!("{version}/../../src/lib.rs"),
        format!("../{version}/{script}/.."),
    ] {
        let answer = answer(ASSETS, &path, &[]).await;
        assert_eq!(answer.status_code, 404, "{path}");
        assert_eq!(answer.headers[CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(text(&answer), "Not Found");
    }
    for route in ["", "$default", "GET /v1/program", "GET /shop.html"] {
        assert_eq!(answer(route, "", &[]).await.status_code, 404, "{route}");
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_a_page() {
    let asset = format!("{}/{}", files::version(), script());
    for (route, proxy) in
        [("GET /", ""), ("GET /rate/{token}", ""), (ASSETS, &*asset), (ASSETS, "")]
    {
        let headers = answer(route, proxy, &[]).await.headers;
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
    }
}

/// The policy would stop what these find; a page that relies on it is broken.
#[test]
fn the_files_have_known_types_and_load_only_each_other() {
    let paths = files::paths();
    for Page { file: page, .. } in PAGES {
        assert!(paths.iter().any(|path| path == page), "{page}");
    }
    for path in paths {
        let file = files::file(&path).unwrap_or_else(|| panic!("{path} has an unknown type"));
        if !file.content_type.is_text {
            continue;
        }
        let text = String::from_utf8(file.content.into_owned()).expect("UTF-8").to_lowercase();
        let is_comment =
            |line: &&str| ["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark));
        let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
        let text = lines.join("\n").replace("http://www.w3.org/", "");
        for foreign in ["http://", "https://", "src=\"//", "href=\"//", "url(//"] {
            assert!(!text.contains(foreign), "{path} names another origin: {foreign}");
        }
        if path.ends_with(".html") {
            let scripts = text.split("<script").skip(1);
            for script in scripts {
                let (attributes, rest) = script.split_once('>').unwrap();
                assert!(attributes.contains(" src=\""), "{path}: a script without a file");
                assert!(rest.trim_start().starts_with("</script>"), "{path}: a script in the page");
            }
            let inline = ["<style", " style=", "javascript:", " onclick=", " onload=", " onerror="];
            for inline in inline {
                assert!(!text.contains(inline), "{path}: {inline}");
            }
        }
    }
}
