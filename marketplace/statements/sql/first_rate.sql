-- Information technology services have been taxed at 6 % since value-added tax took their place.
INSERT INTO statements_taxrate (id, tax, rate, starts_on, source, published_at) VALUES
    ('0190a000-0000-7000-8000-000000000001', 'VAT', 0.06, '2016-05-01',
     'Caishui [2016] No. 36, annex 1, article 15', '2016-05-01T00:00:00+08:00');
