//! What each key does to the model.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::model::Model;
use crate::scroll::Step;
use crate::views::View;

/// For the help: a key, and what it does.
pub(crate) const HELP: &[(&str, &str)] = &[
    ("1 2 3 4", "summary, waits, groups by stack, what is stuck"),
    ("Tab", "the next view"),
    ("↑ ↓ PgUp PgDn", "another row; more about it is said below"),
    ("Home End", "the first row, the last one"),
    ("s", "sort in another way"),
    ("/", "only rows with a text; Enter keeps it, Esc ends it"),
    ("space", "pause, and go on"),
    ("h", "this help"),
    ("q", "quit"),
];

/// Whether the program goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    Quit,
}

/// A key was pressed.
pub(crate) fn press(model: &mut Model, key: KeyEvent) -> Then {
    if key.kind == KeyEventKind::Release {
        return Then::GoOn;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return if key.code == KeyCode::Char('c') { Then::Quit } else { Then::GoOn };
    }
    if model.search.is_typed {
        search(model, key.code);
        return Then::GoOn;
    }
    command(model, key.code)
}

fn search(model: &mut Model, key: KeyCode) {
    let search = &mut model.search;
    match key {
        KeyCode::Enter => search.is_typed = false,
        KeyCode::Esc => *search = Default::default(),
        KeyCode::Backspace => drop(search.text.pop()),
        KeyCode::Char(letter) => search.text.push(letter),
        _ => return,
    }
    model.scroll = Default::default();
}

fn command(model: &mut Model, key: KeyCode) -> Then {
    match key {
        KeyCode::Char('q') => return Then::Quit,
        KeyCode::Esc if model.shows_help => model.shows_help = false,
        KeyCode::Esc => model.search = Default::default(),
        KeyCode::Char('h' | '?') => model.shows_help = !model.shows_help,
        KeyCode::Char(' ') => model.pause(),
        KeyCode::Char('s') => model.sort(),
        KeyCode::Char('/') => model.search.is_typed = true,
        KeyCode::Char(digit @ '1'..='4') => model.show(View::ALL[digit as usize - '1' as usize]),
        KeyCode::Tab => model.show(View::ALL[(model.view as usize + 1) % View::ALL.len()]),
        other => {
            if let Some(step) = step(other) {
                let rows = model.sections().iter().map(|section| section.rows.len()).sum();
                model.scroll.go(step, rows);
            }
        }
    }
    Then::GoOn
}

fn step(key: KeyCode) -> Option<Step> {
    match key {
        KeyCode::Up | KeyCode::Char('k') => Some(Step::Up),
        KeyCode::Down | KeyCode::Char('j') => Some(Step::Down),
        KeyCode::PageUp => Some(Step::PageUp),
        KeyCode::PageDown => Some(Step::PageDown),
        KeyCode::Home => Some(Step::First),
        KeyCode::End => Some(Step::Last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Then, press};
    use crate::document;
    use crate::model::Model;
    use crate::views::View;
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use std::time::Duration;

    fn model() -> Model {
        let page = br#"{"version":1,"executors":[{"name":"a","longest":[
            {"name":"pay","reason":"sleep"},{"name":"buy","reason":"mutex"},{"name":"quit"}]}]}"#;
        Model::new("here".into(), Duration::from_secs(1), document::read(page).unwrap())
    }

    /// Presses all these letters, and says whether the last one quits.
    fn type_all(model: &mut Model, letters: &str) -> Then {
        let codes = letters.chars().map(KeyCode::Char);
        codes.fold(Then::GoOn, |_, code| press(model, KeyEvent::from(code)))
    }

    fn names(model: &Model) -> Vec<String> {
        model.sections()[0].rows.iter().map(|row| row.cells[2].clone()).collect()
    }

    #[test]
    fn digits_choose_a_view_and_tab_takes_the_next() {
        let mut model = model();
        for (digit, view) in ["1", "2", "3", "4"].into_iter().zip(View::ALL) {
            type_all(&mut model, digit);
            assert_eq!(model.view, view);
        }
        press(&mut model, KeyCode::Tab.into());
        assert_eq!(model.view, View::Summary);
    }

    #[test]
    fn q_and_ctrl_c_quit() {
        let mut model = model();
        assert_eq!(type_all(&mut model, "h q"), Then::Quit);
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        type_all(&mut model, "/abc");
        assert_eq!(press(&mut model, ctrl_c), Then::Quit);
    }

    #[test]
    fn letters_of_a_search_are_no_commands() {
        let mut model = model();
        assert_eq!(type_all(&mut model, "2/q"), Then::GoOn);
        assert_eq!(names(&model), ["quit"]);
        press(&mut model, KeyCode::Backspace.into());
        type_all(&mut model, "MUTEX");
        press(&mut model, KeyCode::Enter.into());
        assert_eq!(names(&model), ["buy"]);
        press(&mut model, KeyCode::Esc.into());
        assert_eq!(names(&model).len(), 3);
    }

    #[test]
    fn s_sorts_in_another_way() {
        let mut model = model();
        type_all(&mut model, "2s");
        assert_eq!(names(&model), ["buy", "pay", "quit"]);
        type_all(&mut model, "ss");
        assert_eq!(names(&model), ["pay", "buy", "quit"]);
    }

    #[test]
    fn arrows_select_a_row() {
        let mut model = model();
        type_all(&mut model, "2j");
        press(&mut model, KeyCode::Down.into());
        press(&mut model, KeyCode::Down.into());
        assert_eq!(model.scroll.selected, 2);
        press(&mut model, KeyCode::Home.into());
        assert_eq!(model.scroll.selected, 0);
    }

    #[test]
    fn space_pauses_and_goes_on() {
        let mut model = model();
        type_all(&mut model, " ");
        assert!(model.is_paused);
        type_all(&mut model, " ");
        assert!(!model.is_paused);
    }
}
