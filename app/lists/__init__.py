"""Lists of what a sandbox holds: searched, sorted, with what to do first when there is nothing."""
