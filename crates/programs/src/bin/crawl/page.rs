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
    /// Whether the page has more than what is known of it.
    pub(crate) is_cut: bool,
}

impl Page {
    /// Adds to what is known, as long as there is room.
    fn add(&mut self, anchors: impl Iterator<Item = String>, links: Vec<Link>, room: &mut usize) {
        for anchor in anchors {
            if take(room, anchor.len()) {
                self.anchors.insert(anchor);
            }
        }
        for link in links {
            let address = link.target.as_ref().map_or(0, |url| url.as_str().len());
            // The text may come up again in the report.
            if take(room, 2 * link.text.len() + address) {
                self.links.push(link);
            }
        }
        self.is_cut |= *room == 0;
    }
}

/// Takes from `room` what something of so many bytes needs. When that is too much, nothing has room any
/// more: what is left out begins at one place.
fn take(room: &mut usize, bytes: usize) -> bool {
    let left = room.checked_sub(bytes + OVERHEAD_BYTES);
    *room = left.unwrap_or(0);
    left.is_some()
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

/// What is kept of one page, links and anchors together, in bytes. A link can take many times the room
/// that it has on the page, as it may be relative to a long address. What a page costs must not be for
/// the page to decide.
const MAX_KEPT_BYTES: usize = 4 << 20;
/// What a link or an anchor takes beside its text.
const OVERHEAD_BYTES: usize = 256;

/// Relations of a `link` element that name no document.
const NO_DOCUMENT: &[&str] = &["preconnect", "dns-prefetch"];

/// Reads the page that is at `address`.
pub(crate) fn read(html: Vec<u8>, address: &Url, is_cut: bool) -> Page {
    let html = decode(html);
    let mut page = Page { is_cut, ..Page::default() };
    let mut base = address.clone();
    let mut room = MAX_KEPT_BYTES;
    let mut emitter = DefaultEmitter::default();
    // What is inside of scripts, styles and the like is no HTML.
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(&html, emitter) {
        if room == 0 {
            break;
        }
        let Token::StartTag(tag) = token else { continue };
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if name == "base" {
            // The first one counts; a later one would be relative to it, which is rare enough.
            if let Some(Ok(other)) = attribute(&tag, "href").map(|href| address.join(&href)) {
                base = other;
            }
            continue;
        }
        let named = if name == "a" { attribute(&tag, "name") } else { None };
        let anchors = attribute(&tag, "id").into_iter().chain(named);
        page.add(anchors, links(&tag, &name, &base), &mut room);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read_page(html: String) -> Page {
        read(html.into_bytes(), &Url::parse("http://here/").unwrap(), false)
    }

    #[test]
    fn links_and_anchors_are_found() {
        let page = read_page("<p id=one><a name=two href=x>x</a><img src='/y'></p>".into());
        let anchors = ["one", "two"].map(str::to_owned);
        assert_eq!(page.anchors, HashSet::from(anchors));
        let targets: Vec<_> =
            page.links.iter().map(|link| link.target.as_ref().unwrap().as_str()).collect();
        assert_eq!(targets, ["http://here/x", "http://here/y"]);
        assert!(!page.is_cut);
    }

    #[test]
    fn a_page_of_links_does_not_decide_what_it_costs() {
        let base = format!("<base href='http://here/{}/'>", "long".repeat(1000));
        let page = read_page(base + &"<a href=x id=y>".repeat(100_000));

        assert!(page.is_cut);
        assert!(page.links.len() < 2000, "{} links", page.links.len());
        let kept: usize =
            page.links.iter().map(|link| link.target.as_ref().unwrap().as_str().len()).sum();
        assert!(kept <= MAX_KEPT_BYTES, "{kept} bytes");
    }
}
