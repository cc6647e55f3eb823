//! All colour maps in one small texture, a row each.

use crate::figure::colormap::Colormap;

/// Rows of the table: [`Colormap::ALL`], then [`Colormap::Diverging`].
fn rows() -> impl Iterator<Item = Colormap> {
    Colormap::ALL.iter().copied().chain([Colormap::Diverging])
}

/// The row of a colour map in the table.
pub(super) fn row(map: Colormap) -> u32 {
    // Every map is in the list; the first one stands for a map that someone forgot to add to it.
    rows().position(|m| m == map).unwrap_or(0) as u32
}

/// Width and height of the table and its RGBA bytes.
pub(super) fn table() -> (u32, u32, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut height = 0;
    for map in rows() {
        height += 1;
        for [r, g, b] in map.lut() {
            bytes.extend_from_slice(&[*r, *g, *b, 255]);
        }
    }
    (256, height, bytes)
}
