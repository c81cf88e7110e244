DROP TRIGGER token_of_its_key ON entry_accesstoken;
DROP TRIGGER connected_by_an_outsider ON entry_ssoconnection;
DROP TRIGGER connected_as_agreed ON entry_ssoconnection;
