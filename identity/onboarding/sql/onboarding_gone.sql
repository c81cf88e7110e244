DROP TRIGGER onboarding_as_agreed ON onboarding_onboarding;
DROP TRIGGER activated_by_an_outsider ON onboarding_onboarding;
DROP TRIGGER marks_the_register ON onboarding_onboarding;
DROP TRIGGER confirmed_by_an_outsider ON onboarding_confirmedline;
GRANT DELETE ON onboarding_onboarding TO suanpan_app;
GRANT UPDATE, DELETE ON onboarding_confirmedline TO suanpan_app;
