DROP TRIGGER api_key_of_standing ON identity_apikey;
DROP TRIGGER suspension_as_agreed ON identity_suspension;
DROP TRIGGER suspension_by_an_outsider ON identity_suspension;
DROP TRIGGER reinstated_by_an_outsider ON identity_suspension;
DROP TRIGGER suspension_keeps ON identity_suspension;
DROP TRIGGER suspension_stays ON identity_suspension;
DROP TRIGGER marks_the_register ON identity_suspension;
