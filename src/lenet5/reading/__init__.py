"""Any picture to the digits on it: grey levels, foreground, segmentation, normalisation, the network, the answer."""
