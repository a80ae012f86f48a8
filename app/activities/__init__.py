"""One form, icon and canvas chip for each kind of activity."""
