DROP TABLE identity_ratecount, identity_passwordhash;
