//! Stand-ins for the builds of OpenDialog's webchat widget. `widgets/widget.js` says where each behaviour is documented.

/// A build of the widget, by the way in which it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Widget {
    /// When its script runs.
    #[default]
    AtOnce,
    /// In a listener of `DOMContentLoaded`.
    DomContentLoaded,
    /// In a listener of `load`.
    Load,
    /// In `window.onload`.
    OnLoad,
    /// In a listener of `DOMContentLoaded`, with `user.email` as the user id.
    EmailIsId,
}

impl Widget {
    /// The script of the build.
    pub(crate) fn script(self) -> String {
        let start = match self {
            Self::AtOnce => "start()",
            Self::DomContentLoaded | Self::EmailIsId => "document.addEventListener('DOMContentLoaded', start)",
            Self::Load => "window.addEventListener('load', start)",
            Self::OnLoad => "window.onload = start",
        };
        let id_field = if self == Self::EmailIsId { "email" } else { "user_id" };
        let text = include_str!("widgets/widget.js");
        // The last one: the head of the file names both words.
        let (before, after) = text.rsplit_once("START").expect("the place of the start");
        let (first, second) = before.rsplit_once("ID_FIELD").expect("the place of the id");
        format!("{first}{id_field}{second}{start}{after}")
    }
}
