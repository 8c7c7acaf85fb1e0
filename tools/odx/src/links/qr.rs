//! QR codes of links, for letters: an image for each row of the table.

use anyhow::{Context as _, Result};
use recipients::QrFormat;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

/// The format of an image, as an option.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum ImageFormat {
    /// Sharp at any size
    Svg,
    /// For programs that read no SVG
    Png,
}

impl From<ImageFormat> for QrFormat {
    fn from(format: ImageFormat) -> Self {
        match format {
            ImageFormat::Svg => Self::Svg,
            ImageFormat::Png => Self::Png,
        }
    }
}

/// The folder of the images.
#[derive(Debug)]
pub(super) struct QrFolder {
    folder: PathBuf,
    format: QrFormat,
    rows: usize,
}

impl QrFolder {
    /// Creates the folder for the images of a table.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created.
    pub(super) fn create(folder: PathBuf, format: ImageFormat, rows: usize) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be created", folder.display()))?;
        Ok(Self { folder, format: format.into(), rows })
    }

    /// The name of the image of a row, counted from 1 below the header.
    pub(super) fn name(&self, row: usize) -> String {
        self.format.name(row, self.rows)
    }

    /// Draws the code of a row. Only you can read the image, because anybody with the URL can open the link.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub(super) fn draw(&self, row: usize, url: &str) -> Result<()> {
        let image = self.format.image(url)?;
        let file = self.folder.join(self.name(row));
        let open = OpenOptions::new().write(true).create(true).truncate(true).mode(files::PRIVATE).open(&file);
        let written = open.and_then(|mut open| open.write_all(&image));
        written.with_context(|| format!("`{}` cannot be written", file.display()))
    }
}
