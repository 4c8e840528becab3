//! Arguments and results as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::Encoding;

/// Writes a value; or says why it cannot be written.
pub(crate) fn write<T: Serialize>(encoding: Encoding, value: &T) -> Result<Vec<u8>, String> {
    match encoding {
        Encoding::Json => serde_json::to_vec(value).map_err(|error| error.to_string()),
        #[cfg(feature = "postcard")]
        Encoding::Postcard => postcard::to_allocvec(value).map_err(|error| error.to_string()),
        #[cfg(not(feature = "postcard"))]
        Encoding::Postcard => Err(WITHOUT_POSTCARD.to_owned()),
    }
}

/// Reads a value; or says why it cannot be read.
pub(crate) fn read<T: DeserializeOwned>(encoding: Encoding, bytes: &[u8]) -> Result<T, String> {
    match encoding {
        Encoding::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        #[cfg(feature = "postcard")]
        Encoding::Postcard => postcard::from_bytes(bytes).map_err(|error| error.to_string()),
        #[cfg(not(feature = "postcard"))]
        Encoding::Postcard => Err(WITHOUT_POSTCARD.to_owned()),
    }
}

#[cfg(not(feature = "postcard"))]
const WITHOUT_POSTCARD: &str = "this program is built without the feature `postcard`";
