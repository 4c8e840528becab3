//! What must be on the page.

use crate::Result;
use crate::browser::Browser;
use crate::programs::HOSTILE;

/// The key `Tab`, as WebDriver has it.
const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";

/// No error, no foreign markup, nothing to scroll sideways, and a name for whatever can be used.
pub(crate) fn of_every_page(browser: &Browser) -> Result<()> {
    let complaints = browser.complaints()?;
    if !complaints.is_empty() {
        return Err(format!("the browser complains: {}", complaints.join("; ")).into());
    }
    holds(browser, "it fits the width", "document.documentElement.scrollWidth <= innerWidth")?;
    let named = "[...document.querySelectorAll('button, a, input')].every((it) => \
        it.textContent.trim() || it.labels?.length)";
    holds(browser, "each control has a name", named)?;
    let own = "document.scripts.length === 1 && document.images.length === 0";
    holds(browser, "there is no markup but its own", own)?;
    holds(browser, "no script of others has run", "window.hacked === undefined")
}

pub(crate) fn of_idle(browser: &Browser) -> Result<()> {
    answers(browser)?;
    waits_for(browser, "channel (receive)")?;
    let name = serde_json::to_string(HOSTILE)?;
    browser.until(
        "the program's table is there, with its names as they are",
        &format!(
            "(it => it.innerText.split({name}).length === 3 && it.innerText.includes('12.3 k'))\
             (document.querySelector('#tables'))"
        ),
    )?;
    browser
        .until("nothing is queued", "document.querySelector('#backlog').innerText === 'empty'")?;
    browser.until("groups came", "document.querySelectorAll('#groups details').length >= 2")?;
    // Enough for a line.
    browser.until("the chart has a line", "document.querySelector('#throughput polyline')")
}

pub(crate) fn of_busy(browser: &Browser) -> Result<()> {
    answers(browser)?;
    waits_for(browser, "mutex")?;
    let lines = "document.querySelectorAll('#throughput polyline').length === 3 && \
        document.querySelector('#queue-wait polyline') && document.querySelector('#run-time polyline')";
    browser.until("the charts have lines", lines)?;
    // Some seconds of them.
    browser.until(
        "the lines grow",
        "document.querySelector('#run-time polyline').getAttribute('points').split(' ').length >= 8",
    )?;
    let name = serde_json::to_string(HOSTILE)?;
    browser.until(
        "a name with markup is shown as it is",
        &format!("document.querySelector('#longest').innerText.includes({name})"),
    )?;
    browser.until(
        "the backlog has an age",
        "document.querySelector('#backlog').innerText.includes('the oldest for')",
    )?;
    holds(browser, "no deadlock is invented", "!document.querySelector('#problems').innerText")?;
    search(browser)?;
    keys(browser)?;
    trace(browser)
}

fn search(browser: &Browser) -> Result<()> {
    browser.press("/")?;
    browser.until("`/` leads to the search", "document.activeElement.id === 'search'")?;
    browser.press("look_around")?;
    let found = "(() => { const found = [...document.querySelectorAll('#groups details')]; \
        return found.length >= 1 && found.every((it) => it.textContent.includes('look_around')); })()";
    browser.until("the search leaves what it finds", found)?;
    browser.run("document.querySelector('#groups details').open = true")?;
    // It stays open while new documents come.
    let asked = browser.run("return performance.getEntriesByType('resource').length")?;
    let came = format!("performance.getEntriesByType('resource').length > {asked} + 6");
    browser.until("more documents came", &came)?;
    browser
        .until("what was opened is open", "document.querySelector('#groups details[open] pre')")?;
    browser.run("const it = document.querySelector('#search'); it.value = ''; it.dispatchEvent(new Event('input'))")?;
    browser.press(ESCAPE)
}

fn keys(browser: &Browser) -> Result<()> {
    browser.press("2")?;
    let current = "document.querySelector('#executors [aria-current]').textContent";
    browser.until("a number chooses an executor", &format!("{current} === 'mail'"))?;
    browser.press("1")?;
    browser.until("and back", &format!("{current} === 'orders'"))?;
    browser.press("p")?;
    browser.until("p pauses", "document.querySelector('#state').innerText === 'paused'")?;
    browser.press("p")?;
    browser.until("and goes on", "document.querySelector('#state').innerText !== 'paused'")?;
    browser.run("document.activeElement.blur()")?;
    browser.press(TAB)?;
    let seen = "getComputedStyle(document.activeElement).outlineStyle !== 'none' && \
        document.activeElement !== document.body";
    browser.until("Tab leads to a control, which shows it", seen)?;
    browser.run("document.activeElement.blur()")?;
    Ok(())
}

fn trace(browser: &Browser) -> Result<()> {
    let bytes = browser.run(
        "return fetch('/trace?seconds=0.2').then((it) => it.ok ? it.arrayBuffer() : null).then((it) => it.byteLength)",
    )?;
    let enough = bytes.as_u64().is_some_and(|bytes| bytes > 1000);
    if enough { Ok(()) } else { Err(format!("a trace of {bytes} bytes").into()) }
}

pub(crate) fn of_hogged(browser: &Browser) -> Result<()> {
    answers(browser)?;
    let problems = "document.querySelector('#problems').innerText";
    for carrier in ["encoder-0", "encoder-1"] {
        let named = format!("{problems}.includes('holds carrier {carrier}')");
        browser.until("each carrier that spins is named", &named)?;
    }
    let code =
        format!("{problems}.includes('encode 0') && {problems}.includes('page::programs::encode')");
    browser.until("the job and the code that spin are named", &code)?;
    browser.until("what is queued is told", "document.querySelector('#backlog-first li')")
}

pub(crate) fn of_stuck(browser: &Browser) -> Result<()> {
    answers(browser)?;
    let problems = "document.querySelector('#problems').innerText";
    browser.until("there is a deadlock", &format!("{problems}.includes('Deadlock')"))?;
    for job in ["transfer 0 to 1", "transfer 1 to 0"] {
        browser.until(
            "its jobs are named",
            &format!("{problems}.includes('{job} waits for mutex')"),
        )?;
    }
    Ok(())
}

fn answers(browser: &Browser) -> Result<()> {
    browser.until("it answers", "/^process \\d+$/.test(document.querySelector('#state').innerText)")
}

fn waits_for(browser: &Browser, reason: &str) -> Result<()> {
    let told = format!("document.querySelector('#parked').innerText.includes('{reason}')");
    browser.until(&format!("something waits for {reason}"), &told)
}

fn holds(browser: &Browser, what: &str, expression: &str) -> Result<()> {
    let is_so = browser.run(&format!("return Boolean({expression})"))?;
    if is_so == true { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
