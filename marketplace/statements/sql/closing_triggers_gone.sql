DROP TRIGGER closing_keeps_facts ON statements_bookclosing;
DROP TRIGGER closing_as_agreed ON statements_bookclosing;
