//! What a survey is to bring.

use std::time::Duration;

/// What a survey is to bring.
///
/// ```
/// use greenctx::SurveyOptions;
/// use std::time::Duration;
///
/// let options = SurveyOptions::new().without_stacks().longer_than(Duration::from_secs(1));
/// assert_ne!(options, SurveyOptions::new());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to survey()"]
pub struct SurveyOptions {
    pub(super) stacks: bool,
    pub(super) longer_than: Duration,
}

impl SurveyOptions {
    /// All threads, with their stacks.
    ///
    /// ```
    /// use greenctx::SurveyOptions;
    ///
    /// assert_eq!(SurveyOptions::new(), SurveyOptions::default());
    /// ```
    pub const fn new() -> Self {
        SurveyOptions { stacks: true, longer_than: Duration::ZERO }
    }

    /// No stacks: that costs the carrier less, and resumes nobody.
    ///
    /// ```
    /// let options = greenctx::SurveyOptions::new().without_stacks();
    /// assert_ne!(options, greenctx::SurveyOptions::new());
    /// ```
    pub const fn without_stacks(mut self) -> Self {
        self.stacks = false;
        self
    }

    /// Only threads that have waited for so long.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = greenctx::SurveyOptions::new().longer_than(Duration::from_secs(1));
    /// assert_ne!(options, greenctx::SurveyOptions::new());
    /// ```
    pub const fn longer_than(mut self, waited: Duration) -> Self {
        self.longer_than = waited;
        self
    }
}

impl Default for SurveyOptions {
    fn default() -> Self {
        SurveyOptions::new()
    }
}
