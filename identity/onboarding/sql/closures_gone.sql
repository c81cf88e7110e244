DROP TRIGGER closed_takes_no_resource ON identity_computeresource;
DROP TRIGGER closed_takes_no_agent ON identity_meteringagent;
DROP TRIGGER closed_takes_no_member ON identity_membership;
DROP TRIGGER marks_the_register ON onboarding_closure;
DROP TRIGGER closed_by_an_outsider ON onboarding_closure;
DROP TRIGGER closed_as_agreed ON onboarding_closure;
