//! What is to be seen: the last document, and what the person at the keys wants of it. Nothing here draws or asks.

use std::time::Duration;

use inspect::page::Page;

use crate::scroll::Scroll;
use crate::section::Section;
use crate::views::{Order, View};

/// The state of the program.
#[derive(Debug)]
pub(crate) struct Model {
    /// Where the documents come from.
    pub(crate) address: String,
    /// How often they come.
    pub(crate) interval: Duration,
    /// The last one.
    pub(crate) page: Page,
    /// Why there has been no newer one.
    pub(crate) trouble: Option<String>,
    pub(crate) view: View,
    pub(crate) is_paused: bool,
    pub(crate) shows_help: bool,
    pub(crate) search: Search,
    pub(crate) scroll: Scroll,
    /// For each view, which of its orders is taken.
    orders: [usize; View::ALL.len()],
    /// Whether a document is wanted at once, as what is to be shown is not in the last one.
    is_in_need: bool,
}

/// Only rows with this text are shown.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) text: String,
    /// Whether it is still being typed, so that keys are letters.
    pub(crate) is_typed: bool,
}

impl Model {
    pub(crate) fn new(address: String, interval: Duration, page: Page) -> Self {
        Model {
            address,
            interval,
            page,
            trouble: None,
            view: View::Summary,
            is_paused: false,
            shows_help: false,
            search: Search::default(),
            scroll: Scroll::default(),
            orders: [0; View::ALL.len()],
            is_in_need: false,
        }
    }

    /// An answer has come. While it is paused, what is seen stays.
    pub(crate) fn answered(&mut self, answer: Result<Page, String>) {
        match answer {
            _ if self.is_paused => {}
            Ok(page) => {
                self.page = page;
                self.trouble = None;
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }

    pub(crate) fn show(&mut self, view: View) {
        self.view = view;
        self.scroll = Scroll::default();
        self.is_in_need = view.wants_groups() && !self.has_groups();
    }

    pub(crate) fn pause(&mut self) {
        self.is_paused = !self.is_paused;
        self.is_in_need = !self.is_paused;
    }

    /// By what the rows of this view are sorted, if they are.
    pub(crate) fn order(&self) -> Option<Order> {
        self.view.orders().get(self.orders[self.view as usize]).copied()
    }

    /// Takes the next order of this view.
    pub(crate) fn sort(&mut self) {
        let taken = &mut self.orders[self.view as usize];
        *taken = (*taken + 1) % self.view.orders().len().max(1);
    }

    /// What is shown, without the rows that are not searched for.
    pub(crate) fn sections(&self) -> Vec<Section> {
        let mut sections = self.view.sections(&self.page, self.order());
        if !self.search.text.is_empty() {
            sections.iter_mut().for_each(|section| section.search(&self.search.text));
        }
        sections
    }

    /// Whether a document has to be asked for without waiting for the time to come. Says so once.
    pub(crate) fn takes_need(&mut self) -> bool {
        !self.is_paused && std::mem::take(&mut self.is_in_need)
    }

    fn has_groups(&self) -> bool {
        self.page.executors.iter().any(|executor| executor.threads.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::Model;
    use crate::document;
    use crate::views::{Order, View};
    use std::time::Duration;

    fn model(page: &str) -> Model {
        let page = document::read(page.as_bytes()).unwrap();
        Model::new("here".to_owned(), Duration::from_secs(1), page)
    }

    #[test]
    fn a_view_that_lacks_something_needs_a_document_once() {
        let mut model = model(r#"{"version":1,"executors":[{"name":"a"}]}"#);
        assert!(!model.takes_need());
        model.show(View::Groups);
        assert!(model.takes_need());
        assert!(!model.takes_need());
        let with_groups = br#"{"version":1,"executors":[{"name":"a","threads":{"groups":[]}}]}"#;
        model.answered(Ok(document::read(with_groups).unwrap()));
        model.show(View::Stuck);
        assert!(!model.takes_need());
    }

    #[test]
    fn what_comes_during_a_pause_is_not_seen() {
        let mut model = model(r#"{"version":1,"program":"one"}"#);
        let two = document::read(br#"{"version":1,"program":"two"}"#).unwrap();
        model.pause();
        model.answered(Ok(two.clone()));
        model.answered(Err("gone".to_owned()));
        assert_eq!((model.page.program.as_str(), &model.trouble), ("one", &None));
        model.show(View::Groups);
        assert!(!model.takes_need(), "nothing is asked for during a pause");
        model.pause();
        assert!(model.takes_need());
        model.answered(Ok(two));
        assert_eq!(model.page.program, "two");
    }

    #[test]
    fn a_lost_server_leaves_its_last_document() {
        let mut model = model(r#"{"version":1,"program":"one"}"#);
        model.answered(Err("cannot connect".to_owned()));
        assert_eq!(model.page.program, "one");
        assert_eq!(model.trouble.as_deref(), Some("cannot connect"));
        model.answered(Ok(document::read(br#"{"version":1,"program":"one"}"#).unwrap()));
        assert_eq!(model.trouble, None);
    }

    #[test]
    fn each_view_keeps_its_order() {
        let mut model = model(r#"{"version":1}"#);
        model.sort();
        assert_eq!(model.order(), Some(Order::Longest));
        model.show(View::Waits);
        assert_eq!(model.order(), Some(Order::Longest));
        model.sort();
        assert_eq!(model.order(), Some(Order::Name));
        model.show(View::Stuck);
        model.sort();
        assert_eq!(model.order(), None);
        model.show(View::Summary);
        assert_eq!(model.order(), Some(Order::Longest));
    }
}
