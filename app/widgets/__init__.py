"""Small widgets that lists, panels and editors share."""
