"""Tables of the moderation desk."""
