"""What people and programs may ask of a workspace: every call takes a caller (an actor and a sandbox)."""
