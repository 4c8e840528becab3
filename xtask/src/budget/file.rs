//! `benches/budget.txt`: a line for each workload, with its name, its instructions and its atomics an operation.

use std::fs;
use std::path::PathBuf;

use crate::bench::callgrind::Counts;
use crate::error::{Context, Error, Result};
use crate::workspace;

/// Where it is.
pub(super) const NAME: &str = "benches/budget.txt";

/// The lines in their order, comments too.
#[derive(Debug, PartialEq)]
pub(super) struct Budget(Vec<Line>);

#[derive(Debug, PartialEq)]
enum Line {
    Comment(String),
    Workload(String, Counts),
}

/// What was counted, against the budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    counted: Counts,
    budget: Counts,
}

impl Budget {
    /// Reads it.
    pub(super) fn load() -> Result<Self> {
        let file = path();
        let text = fs::read_to_string(&file).context(|| format!("cannot read {NAME}"))?;
        Budget::of_text(&text)
    }

    /// Writes it.
    pub(super) fn save(&self) -> Result<()> {
        fs::write(path(), self.to_text()).context(|| format!("cannot write {NAME}"))
    }

    /// The workloads in it, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |line: &Line| match line {
            Line::Comment(_) => None,
            Line::Workload(name, _) => Some(name.clone()),
        };
        self.0.iter().filter_map(name).collect()
    }

    /// What an operation of this workload may take.
    pub(super) fn of(&self, wanted: &str) -> Option<Counts> {
        self.0.iter().find_map(|line| match line {
            Line::Workload(name, counts) if name == wanted => Some(*counts),
            _ => None,
        })
    }

    /// How `counted` compares.
    pub(super) fn standing(&self, workload: &str, counted: Counts) -> Standing {
        Standing { counted, budget: self.of(workload).unwrap_or(counted) }
    }

    /// From now on it may take so much.
    pub(super) fn set(&mut self, wanted: &str, counted: Counts) {
        for line in &mut self.0 {
            if let Line::Workload(name, counts) = line
                && name == wanted
            {
                *counts = counted;
            }
        }
    }

    fn of_text(text: &str) -> Result<Self> {
        let line = |line: &str| {
            if line.is_empty() || line.starts_with('#') {
                return Ok(Line::Comment(line.to_owned()));
            }
            workload(line)
                .ok_or_else(|| Error::new(format!("{NAME}: '{line}' is no name and two numbers")))
        };
        Ok(Budget(text.lines().map(line).collect::<Result<_>>()?))
    }

    fn to_text(&self) -> String {
        let line = |line: &Line| match line {
            Line::Comment(comment) => format!("{comment}\n"),
            Line::Workload(name, Counts { instructions, atomics }) => {
                // The difference of two counts may be a little below none.
                format!("{name} {instructions:.0} {:.1}\n", atomics.max(0.0))
            }
        };
        self.0.iter().map(line).collect()
    }
}

fn workload(line: &str) -> Option<Line> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, instructions, atomics] = words[..] else { return None };
    let (instructions, atomics) = (instructions.parse().ok()?, atomics.parse().ok()?);
    Some(Line::Workload(name.to_owned(), Counts { instructions, atomics }))
}

impl Standing {
    /// How far it may be from the budget, in hundredths.
    pub(super) const PERCENT: f64 = 2.0;

    /// The atomics of the budget are rounded to tenths.
    const ROUNDING: f64 = 0.05;

    /// Whether it takes more than it may.
    pub(super) fn is_over(self) -> bool {
        let allowed = self.budget.atomics * (1.0 + Self::PERCENT / 100.0) + Self::ROUNDING;
        self.change() > Self::PERCENT || self.counted.atomics > allowed
    }

    /// What a table shows.
    pub(super) fn row(self, name: &str) -> [String; 7] {
        let verdict = match self.change() {
            _ if self.is_over() => "OVER",
            change if change < -Self::PERCENT => "thinner: bless it",
            _ => "",
        };
        let Standing { counted, budget } = self;
        [
            name.to_owned(),
            format!("{:.0}", counted.instructions),
            format!("{:.0}", budget.instructions),
            format!("{:+.1} %", self.change()),
            format!("{:.1}", counted.atomics.max(0.0)),
            format!("{:.1}", budget.atomics),
            verdict.to_owned(),
        ]
    }

    /// Of the instructions, in hundredths.
    fn change(self) -> f64 {
        100.0 * (self.counted.instructions / self.budget.instructions - 1.0)
    }
}

fn path() -> PathBuf {
    workspace::root().join(NAME)
}

#[cfg(test)]
mod tests {
    use super::{Budget, Counts};

    const TEXT: &str = "# an operation\n\nspawn_join 1000 12.2\nyield 150 0.0\n";

    #[test]
    fn what_is_written_is_what_was_read() {
        let mut budget = Budget::of_text(TEXT).expect("it is a budget");
        assert_eq!(budget.to_text(), TEXT);
        budget.set("yield", Counts { instructions: 149.6, atomics: -0.01 });
        assert_eq!(budget.to_text(), TEXT);
        assert_eq!(budget.names(), ["spawn_join", "yield"]);
    }

    #[test]
    fn two_percent_more_is_too_much_and_less_is_told() {
        let budget = Budget::of_text(TEXT).expect("it is a budget");
        for (instructions, atomics, is_over, told) in [
            (1019.0, 12.2, false, ""),
            (1021.0, 12.2, true, "OVER"),
            (981.0, 12.2, false, ""),
            (979.0, 12.2, false, "thinner: bless it"),
            (1000.0, 12.45, false, ""),
            (1000.0, 13.2, true, "OVER"),
        ] {
            let counted = Counts { instructions, atomics };
            let standing = budget.standing("spawn_join", counted);
            assert_eq!(standing.is_over(), is_over, "{counted:?}");
            assert_eq!(standing.row("spawn_join")[6], told, "{counted:?}");
        }
    }

    #[test]
    fn a_line_that_is_none_is_an_error() {
        assert!(Budget::of_text("spawn_join 7\n").is_err());
        assert!(Budget::of_text("spawn_join many 1\n").is_err());
    }
}
