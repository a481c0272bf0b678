"""Pictures of a motion without a GPU: thumbnails, animated previews, side-by-side strips."""
