//! What speaks against the verdict of a detection: a machine presses no keys and hears itself out, a person does something.

use super::Run;
use crate::model::{AnsweredBy, Contradiction};

impl Run {
    /// A key was pressed that leads somewhere.
    pub(super) fn pressed_expected(&mut self) {
        if self.report.answered_by == AnsweredBy::Machine {
            self.report.contradiction = Some(Contradiction::MachinePressed);
        }
    }

    /// The caller was gone before the greeting was.
    pub(super) fn left_greeting(&mut self) {
        if self.report.answered_by == AnsweredBy::Machine {
            self.report.contradiction = Some(Contradiction::MachineHungUp);
        }
    }

    /// Nothing was pressed at any try, and nobody hung up.
    pub(super) fn stayed_silent(&mut self) {
        if self.report.answered_by == AnsweredBy::Human && self.report.digits.is_empty() {
            self.report.contradiction = Some(Contradiction::HumanSilent);
        }
    }
}
