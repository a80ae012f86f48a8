"""The nouns of Sojourn as frozen values: what users design and what files contain. No input or output here."""
