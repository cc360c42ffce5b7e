"""Images, manifests and generators: what is run to deploy the rooms, and imported by none of them."""
