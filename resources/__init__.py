"""The resource files of Sojourn: fonts, samples, the journey schema, style sheets and catalogues."""
