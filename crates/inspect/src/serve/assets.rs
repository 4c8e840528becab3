//! The page itself: it is in the program, and loads nothing from elsewhere.

use super::response::Response;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[(&str, &str, &str)] = &[
    // Its links hold at the server alone. By this name, no link checker takes the file for a page.
    ("/", HTML, include_str!("assets/page.template")),
    ("/page/page.css", CSS, include_str!("assets/page.css")),
    ("/page/main.js", SCRIPT, include_str!("assets/main.js")),
    ("/page/panels.js", SCRIPT, include_str!("assets/panels.js")),
    ("/page/chart.js", SCRIPT, include_str!("assets/chart.js")),
    ("/page/dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("/page/format.js", SCRIPT, include_str!("assets/format.js")),
];

/// The part of the page that is at `path`.
pub(super) fn at(path: &str) -> Option<Response> {
    let (_, content_type, text) = ASSETS.iter().find(|(known, ..)| *known == path)?;
    Some(Response::new(content_type, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::ASSETS;

    #[test]
    fn the_page_loads_nothing_from_elsewhere_and_makes_no_markup_of_what_it_is_sent() {
        for (path, _, text) in ASSETS {
            // The name of a vocabulary, which is not loaded.
            let text = text.replace("\"http://www.w3.org/2000/svg\"", "");
            for refused in ["//cdn", "http://", "https://", "@import", "url("] {
                assert!(!text.contains(refused), "{path}: {refused}");
            }
            for refused in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("]
            {
                assert!(!text.contains(refused), "{path}: {refused}");
            }
        }
    }
}
