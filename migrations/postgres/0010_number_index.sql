-- Documents of Russia's registries are looked up by their number; foreign ones have documents_foreign_by_number already.
CREATE INDEX documents_russian_by_number
    ON documents (number_key) WHERE registry IN ('rf_certificates', 'rf_declarations');
