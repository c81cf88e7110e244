DROP TRIGGER uses_stay ON budgets_capuse;
DROP TRIGGER caps_stay ON budgets_cap;
DROP TRIGGER cap_keeps_its_subject ON budgets_cap;
DROP TRIGGER takes_stay ON budgets_captake;
DROP TRIGGER take_stays ON budgets_captake;
DROP TRIGGER take_counts ON budgets_captake;
