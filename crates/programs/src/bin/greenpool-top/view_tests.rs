//! What is on the screen, drawn on one in memory.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

use crate::document::read;
use crate::keys::press;
use crate::model::Model;
use crate::view;
use crate::views::tests::SHOP;

struct Drawn {
    terminal: Terminal<TestBackend>,
    model: Model,
}

impl Drawn {
    fn new(width: u16, height: u16) -> Self {
        let page = read(SHOP).unwrap();
        let model = Model::new("localhost:6060".into(), Duration::from_secs(1), page);
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        Drawn { terminal, model }
    }

    /// The lines after these keys.
    fn after(&mut self, keys: &str) -> Vec<String> {
        for key in keys.chars() {
            press(&mut self.model, KeyCode::Char(key).into());
        }
        self.terminal.draw(|frame| view::draw(frame, &mut self.model)).unwrap();
        let buffer = self.terminal.backend().buffer();
        let lines = buffer.content.chunks(usize::from(buffer.area.width).max(1));
        let line = |cells: &[ratatui::buffer::Cell]| {
            let line: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned()
        };
        lines.map(line).collect()
    }

    /// The number of the line that is selected.
    fn selected(&self) -> Option<usize> {
        let buffer = self.terminal.backend().buffer();
        let is_selected =
            |cells: &[ratatui::buffer::Cell]| cells[0].modifier.contains(Modifier::REVERSED);
        // The last line has the chosen view.
        buffer.content.chunks(usize::from(buffer.area.width).max(1)).position(is_selected)
    }
}

#[test]
fn the_summary_is_on_the_first_screen() {
    let mut drawn = Drawn::new(100, 30);
    let lines = drawn.after("");
    assert_eq!(lines[0], "shop (4711) at localhost:6060, up 12.5 s, every 1.00 s");
    assert_eq!(lines[1], "10 running, 5 queued; 12 workers, 11 parked; 8.00 jobs/s");
    assert_eq!(lines[2], "2 carriers, of which 1 silent; 1 deadlock");
    assert_eq!(lines[4], "executors");
    assert!(lines[6].starts_with("orders    12.5 s"), "{}", lines[6]);
    assert!(lines[29].starts_with(" 1 summary  2 waits "), "{}", lines[29]);
    assert_eq!(drawn.selected(), Some(6));
    let buffer = drawn.terminal.backend().buffer();
    assert_eq!(buffer[(0, 2)].fg, Color::Red);
}

#[test]
fn more_is_said_of_the_selected_row() {
    let mut drawn = Drawn::new(80, 24);
    let lines = drawn.after("3");
    assert_eq!(drawn.selected(), Some(6));
    assert!(
        lines.iter().any(|line| line == "  shop::orders::audit::{{closure}} at src/main.rs:19")
    );
    let lines = drawn.after("j");
    assert_eq!(drawn.selected(), Some(7));
    assert!(lines.iter().any(|line| line.starts_with("2 threads of orders: mutex")));
}

#[test]
fn a_small_window_shows_what_it_can_and_says_what_it_leaves_out() {
    let mut drawn = Drawn::new(40, 12);
    let lines = drawn.after("3");
    assert!(lines[11].starts_with(" 1 summary"));
    assert!(lines[10].starts_with("… and "), "{lines:?}");
    for (width, height) in [(0, 0), (1, 1), (5, 3), (20, 5), (300, 100)] {
        let mut drawn = Drawn::new(width, height);
        for keys in ["", "2", "3", "4jj", "h"] {
            drawn.after(keys);
        }
    }
}

#[test]
fn the_selected_row_is_always_seen() {
    let mut drawn = Drawn::new(80, 14);
    for _ in 0..20 {
        drawn.after("j");
        assert!(drawn.selected().is_some_and(|line| line < 13));
    }
    for _ in 0..20 {
        drawn.after("k");
        assert!(drawn.selected().is_some_and(|line| line < 13));
    }
    assert_eq!(drawn.after("")[4], "executors");
}

#[test]
fn a_search_is_typed_on_the_last_line_and_stays_to_be_seen() {
    let mut drawn = Drawn::new(100, 24);
    let lines = drawn.after("2/aud");
    assert_eq!(lines[23], "/aud█");
    press(&mut drawn.model, KeyCode::Enter.into());
    let lines = drawn.after("");
    assert!(lines[23].contains(r#"with "aud", Esc: all"#), "{}", lines[23]);
    assert!(lines[6].contains("audit"));
    assert!(!lines.iter().any(|line| line.contains("mutex")));
}

#[test]
fn help_lists_the_keys_over_the_view() {
    let mut drawn = Drawn::new(80, 24);
    assert!(drawn.after("h").iter().any(|line| line.contains("q              quit")));
    assert!(!drawn.after("h").iter().any(|line| line.contains("q              quit")));
}

#[test]
fn what_is_old_is_called_old() {
    let mut drawn = Drawn::new(80, 24);
    drawn.model.answered(Err("cannot connect".to_owned()));
    assert_eq!(drawn.after("")[2], "this is old: cannot connect");
    assert!(drawn.after(" ")[0].ends_with("paused"));
}
