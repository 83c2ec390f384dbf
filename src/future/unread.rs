//! Failures that nobody looked at before the last handle was dropped.

use super::Shared;
use crate::call_soon::Entry;
use crate::current::installed;
use crate::error::ErrorKind;
use crate::span::{LISTENED_TO, unheard};

impl<T> Shared<T> {
    /// Queued, not called: a handle is dropped anywhere, and the hook is user code.
    #[cold]
    pub(super) fn report_unread(&self) {
        let Ok(Some(core)) = installed() else { return };
        if !core.reports_unread() && !LISTENED_TO {
            return;
        }
        let error = match self.error.take() {
            Some(error) if error.kind() != ErrorKind::Cancelled => error,
            _ => return,
        };
        let told = error.detail().map(|detail| format!("{detail}; ")).unwrap_or_default();
        let place = format!("{told}nobody looked at this failure of `{}`, made at {}", self.from_proc, self.created_at);
        let error = error.with_detail(place);
        if !core.reports_unread() {
            return unheard(&error);
        }
        let hook = core.clone();
        core.soon.push(&core, Entry::call(move || hook.unhandled(error)));
    }
}
