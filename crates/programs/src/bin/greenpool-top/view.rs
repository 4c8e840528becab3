//! Draws the model.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::headline;
use crate::keys::HELP;
use crate::layout::{headings, row, widths};
use crate::model::Model;
use crate::section::{Section, Tone};
use crate::units::time;
use crate::views::View;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dim();
const BAD: Style = Style::new().fg(Color::Red).bold();

/// The lines of the head, the last of which is empty, and of the foot.
const HEAD: u16 = 4;
const FOOT: u16 = 1;

/// Shows all of it.
pub(crate) fn draw(frame: &mut Frame<'_>, model: &mut Model) {
    let sections = model.sections();
    let rows = sections.iter().map(|section| section.rows.len()).sum::<usize>();
    model.scroll.selected = model.scroll.selected.min(rows.saturating_sub(1));
    let more = more(&sections, model.scroll.selected);
    let [head, body, below, foot] = areas(frame.area(), more.len());
    frame.render_widget(Paragraph::new(headlines(model)), head);
    draw_body(frame, body, model, &sections);
    draw_more(frame, below, more);
    frame.render_widget(Paragraph::new(footline(model)), foot);
    if model.shows_help {
        draw_help(frame);
    }
}

/// Head, rows, what is said of the selected row, and foot.
fn areas(area: Rect, more: usize) -> [Rect; 4] {
    // The rows have half of the room at least.
    let room = usize::from(area.height.saturating_sub(HEAD + FOOT) / 2);
    // A line above it sets it apart.
    let more = if more == 0 { 0 } else { (more + 1).min(room) };
    let more = u16::try_from(more).unwrap_or(u16::MAX);
    let [head, more, foot] = [HEAD, more, FOOT].map(Constraint::Length);
    Layout::vertical([head, Constraint::Min(0), more, foot]).areas(area)
}

fn headlines(model: &Model) -> Vec<Line<'static>> {
    let program = headline::program(&model.page, &model.address);
    let often = format!(", every {}", time(model.interval.as_secs_f64()));
    let mut first = vec![Span::styled(program, BOLD)];
    first.push(match model.is_paused {
        false => Span::styled(often, FAINT),
        true => Span::styled("  paused", BAD),
    });
    let (health, tone) = match &model.trouble {
        Some(trouble) => (format!("this is old: {trouble}"), Tone::Bad),
        None => headline::health(&model.page),
    };
    vec![
        Line::from(first),
        Line::from(headline::jobs(&model.page)),
        Line::styled(health, style(tone)),
        Line::default(),
    ]
}

fn footline(model: &Model) -> Line<'static> {
    if model.search.is_typed {
        return Line::from(format!("/{}█", model.search.text));
    }
    let mut spans = Vec::new();
    for (number, view) in View::ALL.into_iter().enumerate() {
        let style = if view == model.view { BOLD.reversed() } else { Style::new() };
        spans.push(Span::styled(format!(" {} {} ", number + 1, view.title()), style));
    }
    if let Some(order) = model.order() {
        spans.push(Span::styled(format!("  s {}", order.title()), FAINT));
    }
    if !model.search.text.is_empty() {
        spans.push(Span::styled(format!("  with {:?}, Esc: all", model.search.text), BOLD));
    }
    spans.push(Span::styled("  / search  space pause  h help  q quit", FAINT));
    Line::from(spans)
}

fn draw_body(frame: &mut Frame<'_>, area: Rect, model: &mut Model, sections: &[Section]) {
    let mut lines = Vec::new();
    let (mut rows, mut selected) = (0, 0);
    for section in sections {
        let widths = widths(section, usize::from(area.width));
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(section.title.clone(), BOLD));
        if section.rows.is_empty() {
            lines.push(Line::styled(section.if_empty, FAINT));
            continue;
        }
        lines.push(Line::styled(headings(section, &widths), FAINT.underlined()));
        for (number, row_of_it) in section.rows.iter().enumerate() {
            let mut style = style(row_of_it.tone);
            if rows == model.scroll.selected {
                selected = lines.len();
                style = style.reversed();
            }
            lines.push(Line::styled(row(section, number, &widths), style));
            rows += 1;
        }
    }
    let height = usize::from(area.height);
    model.scroll.fit(selected, lines.len(), height);
    let seen: Vec<_> = lines.into_iter().skip(model.scroll.first).take(height).collect();
    frame.render_widget(Paragraph::new(seen), area);
}

/// What more is known of the selected row.
fn more(sections: &[Section], selected: usize) -> &[String] {
    let row = sections.iter().flat_map(|section| &section.rows).nth(selected);
    row.map_or(&[], |row| &row.more)
}

fn draw_more(frame: &mut Frame<'_>, area: Rect, more: &[String]) {
    if area.height < 2 {
        return;
    }
    let room = usize::from(area.height) - 1;
    let mut lines = vec![Line::styled("─".repeat(usize::from(area.width)), FAINT)];
    let shown = if more.len() > room { room - 1 } else { more.len() };
    lines.extend(more[..shown].iter().map(|line| Line::raw(line.as_str())));
    if shown < more.len() {
        lines.push(Line::styled(format!("… and {} lines more", more.len() - shown), FAINT));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn draw_help(frame: &mut Frame<'_>) {
    let width = HELP.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
    let lines: Vec<_> =
        HELP.iter().map(|(key, what)| Line::raw(format!(" {key:width$}  {what} "))).collect();
    let [wide, high] = [lines.iter().map(Line::width).max().unwrap_or_default(), lines.len()]
        .map(|inner| Constraint::Length(u16::try_from(inner + 2).unwrap_or(u16::MAX)));
    let area = frame.area().centered(wide, high);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" keys ")), area);
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Bad => BAD,
        Tone::Faint => FAINT,
    }
}
