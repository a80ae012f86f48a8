"""Test mode: sessions in which test profiles go through a draft, on the real or on a virtual clock."""
