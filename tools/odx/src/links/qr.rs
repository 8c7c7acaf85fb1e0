//! QR codes of links, for letters: an image for each row of the table.

use anyhow::{Context as _, Result};
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

/// Pixels of a module in PNG: at 300 dpi a link of 40 characters has 2.5 cm.
const MODULE_PIXELS: usize = 8;
/// Modules of white around the code, as ISO/IEC 18004 demands.
const QUIET_ZONE: usize = 4;
/// Size of an SVG image that does not say how large it is shown.
const SVG_SIZE: u32 = 256;

/// The format of an image.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum QrFormat {
    /// Sharp at any size
    Svg,
    /// For programs that read no SVG
    Png,
}

impl QrFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    fn image(self, url: &str) -> Result<Vec<u8>> {
        let code = QrCode::with_error_correction_level(url, EcLevel::M).context("the URL is too long for a QR code")?;
        match self {
            Self::Svg => Ok(code.render::<svg::Color<'_>>().min_dimensions(SVG_SIZE, SVG_SIZE).build().into_bytes()),
            Self::Png => png(&code),
        }
    }
}

/// The folder of the images.
#[derive(Debug)]
pub(super) struct QrFolder {
    folder: PathBuf,
    format: QrFormat,
    /// Digits of the number of the last row.
    digits: usize,
}

impl QrFolder {
    /// Creates the folder for the images of a table.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created.
    pub(super) fn create(folder: PathBuf, format: QrFormat, rows: usize) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be created", folder.display()))?;
        Ok(Self { folder, format, digits: rows.to_string().len() })
    }

    /// The name of the image of a row, counted from 1 below the header.
    pub(super) fn name(&self, row: usize) -> String {
        format!("{row:0digits$}.{}", self.format.extension(), digits = self.digits)
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

/// The image in black and white, one bit for each pixel.
fn png(code: &QrCode) -> Result<Vec<u8>> {
    let modules = code.width();
    let pixels = (modules + 2 * QUIET_ZONE) * MODULE_PIXELS;
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let module = |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(QUIET_ZONE).filter(|module| *module < modules);
        module(x).zip(module(y)).is_some_and(|(x, y)| colors[y * modules + x] == Color::Dark)
    };
    let byte = |y: usize, byte: usize| {
        (byte * 8..byte * 8 + 8).fold(0, |bits, x| bits << 1 | u8::from(x < pixels && !is_dark(x, y)))
    };
    let data: Vec<u8> =
        (0..pixels).flat_map(|y| (0..pixels.div_ceil(8)).map(move |at| (y, at))).map(|(y, at)| byte(y, at)).collect();
    let size = u32::try_from(pixels)?;
    let mut image = Vec::new();
    let mut encoder = png::Encoder::new(&mut image, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header()?.write_image_data(&data)?;
    Ok(image)
}
