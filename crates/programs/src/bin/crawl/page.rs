//! What there is in a page to be checked: its links, and the anchors that links may name.

use std::collections::HashSet;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use url::Url;

/// A page, as far as links are concerned.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What a link may name behind a `#`.
    pub(crate) anchors: HashSet<String>,
    /// The links of the page, in their order.
    pub(crate) links: Vec<Link>,
    /// Whether the page is longer than what was read of it.
    pub(crate) is_cut: bool,
}

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    /// As it is written.
    pub(crate) text: String,
    /// Where it leads, if that can be made out.
    pub(crate) target: Result<Url, url::ParseError>,
}

/// Elements that link, and by which attribute.
const LINKING: &[(&str, &str)] = &[
    ("a", "href"),
    ("area", "href"),
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("img", "src"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("track", "src"),
    ("video", "src"),
    ("video", "poster"),
];

/// Relations of a `link` element that name no document.
const NO_DOCUMENT: &[&str] = &["preconnect", "dns-prefetch"];

/// Reads the page that is at `address`.
pub(crate) fn read(html: Vec<u8>, address: &Url, is_cut: bool) -> Page {
    let html = decode(html);
    let mut page = Page { is_cut, ..Page::default() };
    let mut base = address.clone();
    let mut emitter = DefaultEmitter::default();
    // What is inside of scripts, styles and the like is no HTML.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(&html, emitter) {
        let Token::StartTag(tag) = token else { continue };
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if name == "base" {
            // The first one counts; a later one would be relative to it, which is rare enough.
            if let Some(Ok(other)) = attribute(&tag, "href").map(|href| address.join(&href)) {
                base = other;
            }
            continue;
        }
        page.anchors.extend(attribute(&tag, "id"));
        if name == "a" {
            page.anchors.extend(attribute(&tag, "name"));
        }
        page.links.extend(links(&tag, &name, &base));
    }
    page
}

fn links(tag: &StartTag<()>, name: &str, base: &Url) -> Vec<Link> {
    let relation = attribute(tag, "rel").unwrap_or_default();
    if name == "link" && relation.split_whitespace().any(|word| NO_DOCUMENT.contains(&word)) {
        return Vec::new();
    }
    let of_element = LINKING.iter().filter(|(element, _)| *element == name);
    let texts = of_element.filter_map(|(_, attribute_name)| attribute(tag, attribute_name));
    texts.map(|text| Link { target: base.join(text.trim()), text }).collect()
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

/// What is not UTF-8 is taken for Latin-1, as browsers do with old pages. If a page was cut in the
/// middle of a character, that does not make it one of these.
fn decode(html: Vec<u8>) -> String {
    const LONGEST_CHARACTER: usize = 4;
    match String::from_utf8(html) {
        Ok(html) => html,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let html = error.into_bytes();
            if html.len() - valid < LONGEST_CHARACTER {
                return String::from_utf8_lossy(&html).into_owned();
            }
            html.into_iter().map(char::from).collect()
        }
    }
}
