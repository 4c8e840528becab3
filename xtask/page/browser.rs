//! A browser without a window, driven by WebDriver: JSON by HTTP, to the program `chromedriver`.
//!
//! The clients that there are (`fantoccini`, `thirtyfour`) bring an async runtime along. What is needed here is seven
//! commands.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use greenstd::{thread, time};
use serde_json::{Value, json};

use crate::Result;

/// What the driver says once it listens, up to the port.
const LISTENS: &str = "started successfully on port ";

/// Nothing that is waited for takes longer.
const LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What keeps the browser to itself: no window, no calls home.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    // Coloured fringes make pictures large.
    "--disable-lcd-text",
];

/// How the page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) is_phone: bool,
    pub(crate) is_dark: bool,
}

impl Look {
    pub(crate) fn all() -> impl Iterator<Item = Look> {
        let looks = [(false, false), (false, true), (true, false), (true, true)];
        looks.into_iter().map(|(is_phone, is_dark)| Look { is_phone, is_dark })
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = if self.is_phone { "phone" } else { "desktop" };
        write!(f, "{size}-{}", if self.is_dark { "dark" } else { "light" })
    }
}

/// A browser, which ends when this is dropped.
pub(crate) struct Browser {
    driver: Child,
    /// The address of the session.
    session: String,
    agent: ureq::Agent,
    profile: PathBuf,
}

impl Browser {
    pub(crate) fn start() -> Result<Self> {
        let profile = std::env::temp_dir().join(format!("page-{}", std::process::id()));
        fs::create_dir_all(&profile)?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = BufReader::new(driver.stdout.take().expect("it is piped"));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(2 * LIMIT))
            .build()
            .new_agent();
        let mut browser = Browser { driver, session: String::new(), agent, profile };
        let port = said.lines().map_while(std::result::Result::ok).find_map(|line| {
            let port = line.split(LISTENS).nth(1)?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.ok_or("chromedriver does not say where it listens")?;
        browser.session = format!("http://127.0.0.1:{port}");
        browser.begin()?;
        Ok(browser)
    }

    fn begin(&mut self) -> Result<()> {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let flags: Vec<_> = FLAGS.iter().copied().chain([profile.as_str()]).collect();
        let session = self.post(
            "/session",
            &json!({ "capabilities": { "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": { "args": flags },
                "goog:loggingPrefs": { "browser": "ALL" },
            } } }),
        )?;
        let id = session["sessionId"].as_str().ok_or("there is no session")?;
        self.session += &format!("/session/{id}");
        Ok(())
    }

    /// Sizes and colours, as if of another machine.
    pub(crate) fn set_look(&self, look: Look) -> Result<()> {
        let (width, height) = if look.is_phone { (390, 844) } else { (1280, 900) };
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": look.is_phone }),
        )?;
        let scheme = if look.is_dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features)?;
        Ok(())
    }

    pub(crate) fn open(&self, address: &str) -> Result<()> {
        self.post("/url", &json!({ "url": address }))?;
        Ok(())
    }

    /// Closes the page, so that it asks for nothing any more.
    pub(crate) fn leave(&self) -> Result<()> {
        self.open("about:blank")
    }

    /// What a script returns that runs in the page. It may return a promise.
    pub(crate) fn run(&self, script: &str) -> Result<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression is true in the page.
    pub(crate) fn until(&self, what: &str, expression: &str) -> Result<()> {
        let start = time::now();
        let script = format!("return Boolean({expression})");
        while self.run(&script)? != Value::Bool(true) {
            if time::since(start) > LIMIT {
                let text = self.run("return document.body.innerText")?;
                let text = text.as_str().unwrap_or_default();
                return Err(format!("not so: {what}; the page says\n{text}").into());
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Presses keys, as WebDriver names them, wherever the focus is.
    pub(crate) fn press(&self, keys: &str) -> Result<()> {
        let strokes = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|event| json!({ "type": event, "value": key.to_string() }))
        });
        let strokes: Vec<_> = strokes.collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.post("/actions", &json!({ "actions": [keyboard] }))?;
        Ok(())
    }

    /// What the browser complains of, such as errors of scripts and what the policy has stopped.
    pub(crate) fn complaints(&self) -> Result<Vec<String>> {
        let log = self.post("/se/log", &json!({ "type": "browser" }))?;
        let entries = log.as_array().into_iter().flatten();
        let bad = entries.filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        Ok(bad.map(|entry| entry["message"].to_string()).collect())
    }

    /// The page as PNG: all of it, or so many pixels from the top.
    pub(crate) fn picture(&self, height: Option<u32>) -> Result<Vec<u8>> {
        let mut size = self.devtools("Page.getLayoutMetrics", &json!({}))?["cssContentSize"].take();
        if let Some(height) = height {
            size["height"] = json!(height);
        }
        let clip =
            json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let options = json!({ "captureBeyondViewport": true, "clip": clip });
        let picture = self.devtools("Page.captureScreenshot", &options)?;
        let data = picture["data"].as_str().ok_or("there is no picture")?;
        Ok(BASE64_STANDARD.decode(data)?)
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Result<Value> {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn post(&self, command: &str, parameters: &Value) -> Result<Value> {
        let url = format!("{}{command}", self.session);
        let request = self.agent.post(&url).content_type("application/json");
        let mut answer = request.send(parameters.to_string())?;
        // A picture is large.
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
        let mut value: Value = serde_json::from_str(&text)?;
        let value = value["value"].take();
        match value.get("error") {
            Some(_) => Err(format!("{command}: {}", value["message"]).into()),
            None => Ok(value),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser, and may have ended by itself.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
