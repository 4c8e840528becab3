//! A drawing, piece by piece.

use std::fmt::{Arguments, Write};

use crate::bench::peers::Peer;

/// A drawing of a given size.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text begins, seen from its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Colours that stay apart for those who see fewer; each with one for a dark page. Shapes differ too.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1b1f24}.small{font-size:11px;fill:#5b6570}.title{font-weight:600}\
.grid{stroke:#d5dbe1}.one{stroke:#1b1f24;stroke-width:1.5}.line{fill:none;stroke-width:2}\
.green{fill:#00875f;stroke:#00875f}.tokio{fill:#0072b2;stroke:#0072b2}.may{fill:#b07500;stroke:#b07500}\
.go{fill:#b0558a;stroke:#b0558a}.threads{fill:#6b7480;stroke:#6b7480}.futurist{fill:#c04f00;stroke:#c04f00}\
.rayon{fill:#7a4fd0;stroke:#7a4fd0}.other{fill:#444;stroke:#444}.line{fill:none}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9aa5b1}.grid{stroke:#3a424c}.one{stroke:#e6edf3}\
.green{fill:#2fd39b;stroke:#2fd39b}.tokio{fill:#58b4f0;stroke:#58b4f0}.may{fill:#f0b03c;stroke:#f0b03c}\
.go{fill:#e792c2;stroke:#e792c2}.threads{fill:#a9b4bf;stroke:#a9b4bf}.futurist{fill:#ff9152;stroke:#ff9152}\
.rayon{fill:#b79bf5;stroke:#b79bf5}.other{fill:#ccc;stroke:#ccc}.line{fill:none}}";

impl Svg {
    /// An empty one. What it shows is told to those who do not see it, too.
    pub(crate) fn new(width: f64, height: f64, shows: &str) -> Svg {
        let mut svg = Svg { width, height, body: String::new() };
        svg.put(format_args!("<title>{}</title>", escaped(shows)));
        svg
    }

    /// A straight line of one of the style's classes.
    pub(crate) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    /// A line through these points, in the colour of a peer.
    pub(crate) fn path(&mut self, peer: Peer, points: &[(f64, f64)]) {
        self.curve(class(peer), points);
    }

    /// The same, in the colour of one of the style's classes.
    pub(crate) fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        self.put(format_args!("<polyline class=\"{class} line\" points=\"{points}\"/>"));
    }

    /// A line of text.
    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    /// The mark of a peer, which says `what` to a pointer that rests on it.
    pub(crate) fn mark(&mut self, peer: Peer, (x, y): (f64, f64), what: &str) {
        let shape = match peer {
            Peer::Green => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>"),
            Peer::Tokio => polygon(x, y, &[(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)]),
            Peer::May => polygon(x, y, &[(0.0, -5.5), (5.5, 4.5), (-5.5, 4.5)]),
            Peer::Rayon => polygon(x, y, &[(-2.0, -5.5), (2.0, -5.5), (2.0, 5.5), (-2.0, 5.5)]),
            Peer::Go => polygon(x, y, &[(0.0, -6.0), (6.0, 0.0), (0.0, 6.0), (-6.0, 0.0)]),
            Peer::Futurist => polygon(x, y, &[(-5.5, -4.5), (5.5, -4.5), (0.0, 5.5)]),
            _ => polygon(x, y, &[(-5.5, -2.0), (5.5, -2.0), (5.5, 2.0), (-5.5, 2.0)]),
        };
        let (class, what) = (class(peer), escaped(what));
        self.put(format_args!("<g class=\"{class}\"><title>{what}</title>{shape}</g>"));
    }

    /// Marks and names of these peers, side by side.
    pub(crate) fn legend(&mut self, (mut x, y): (f64, f64), peers: &[Peer]) {
        for peer in peers {
            let name = if *peer == Peer::Green { "greenpool" } else { peer.name() };
            self.mark(*peer, (x, y - 4.0), name);
            self.text("", (x + 10.0, y), Anchor::Start, name);
            x += 34.0 + 7.0 * name.len() as f64;
        }
    }

    /// The file.
    pub(crate) fn finish(self) -> String {
        let Svg { width, height, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
             <style>{STYLE}</style>\n{body}</svg>\n"
        )
    }

    fn put(&mut self, line: Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{line}");
    }
}

/// A new peer has a colour of all others, until it gets one of its own.
fn class(peer: Peer) -> &'static str {
    match peer.name() {
        name @ ("green" | "tokio" | "may" | "rayon" | "go" | "threads" | "futurist") => name,
        _ => "other",
    }
}

fn polygon(x: f64, y: f64, corners: &[(f64, f64)]) -> String {
    let corners = corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy));
    format!("<polygon points=\"{}\"/>", corners.collect::<Vec<_>>().join(" "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
