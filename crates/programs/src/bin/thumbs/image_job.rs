//! The job: one image.

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{ImageFormat, ImageReader};
use remote::{Registry, function};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Where the jobs of this program wait.
pub(crate) const QUEUE: &str = "thumbs";

function!(
    /// A thumbnail of an image, and what there is to say of it.
    pub(crate) thumbnail(order: Order) -> Result<Thumbnail, String>
);

/// Which image, and what is to become of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) image: PathBuf,
    pub(crate) side: u32,
    pub(crate) to: Option<PathBuf>,
}

/// What was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Thumbnail {
    pub(crate) sha256: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The number of the process that did it.
    pub(crate) process: u32,
}

/// What a worker can do.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.register(thumbnail, |order: Order| make(&order));
    registry
}

/// Whether a file is meant, by its name.
pub(crate) fn is_image(path: &Path) -> bool {
    matches!(ImageFormat::from_path(path), Ok(ImageFormat::Png | ImageFormat::Jpeg))
}

/// An image of the same content has the same thumbnail. So a job that runs twice does no harm.
fn make(order: &Order) -> Result<Thumbnail, String> {
    let bytes = fs::read(&order.image).map_err(|error| error.to_string())?;
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(&bytes) {
        let _ = write!(sha256, "{byte:02x}");
    }
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let image = reader.map_err(|error| error.to_string())?.decode();
    let image = image.map_err(|error| error.to_string())?;
    let small = image.thumbnail(order.side, order.side);
    if let Some(directory) = &order.to {
        let path = directory.join(format!("{sha256}.png"));
        // Under another name at first: nobody finds half a file.
        let part = directory.join(format!("{sha256}.{}.part", std::process::id()));
        let written = small.save_with_format(&part, ImageFormat::Png);
        written.map_err(|error| error.to_string())?;
        fs::rename(&part, &path).map_err(|error| error.to_string())?;
    }
    let (width, height) = (image.width(), image.height());
    Ok(Thumbnail { sha256, width, height, process: std::process::id() })
}
