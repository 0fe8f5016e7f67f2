"""A capture of the air taken apart, layer by layer, with the product's own codecs."""
