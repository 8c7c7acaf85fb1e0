//! Stand-ins for the builds of OpenDialog's webchat widget. The files in `widgets/` say where each behaviour is documented.

use serde_json::json;

/// A build of the widget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Widget {
    /// Starts when its script runs.
    #[default]
    AtOnce,
    /// Starts in a listener of `DOMContentLoaded`.
    DomContentLoaded,
    /// Starts in a listener of `load`.
    Load,
    /// Starts in `window.onload`.
    OnLoad,
    /// Starts in a listener of `DOMContentLoaded`, with `user.email` as the user id.
    EmailIsId,
    /// The same, with a chat in an iframe that has messages.
    Frame,
    /// The SDK, which the page starts. Its events are fired at an element of the page.
    Sdk,
    /// The SDK with the other reading of what its documentation leaves open.
    OpenSdk,
    /// The SDK without events.
    SilentSdk,
}

impl Widget {
    /// The script of the build.
    pub(crate) fn script(self) -> String {
        let starts = match self {
            Self::AtOnce => "at once",
            Self::DomContentLoaded | Self::EmailIsId | Self::Frame => "DOMContentLoaded",
            Self::Load => "load",
            Self::OnLoad => "onload",
            Self::Sdk | Self::OpenSdk | Self::SilentSdk => "by the page",
        };
        let id_field = if matches!(self, Self::EmailIsId | Self::Frame) { "email" } else { "user_id" };
        let stand_in = json!({"starts": starts, "idField": id_field, "frame": self == Self::Frame,
            "open": self == Self::OpenSdk, "silent": self == Self::SilentSdk});
        let script =
            if starts == "by the page" { include_str!("widgets/sdk.js") } else { include_str!("widgets/widget.js") };
        format!("window.standIn = {stand_in};\n{script}")
    }
}
