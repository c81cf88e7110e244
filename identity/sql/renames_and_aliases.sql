CREATE TRIGGER rename_follows BEFORE INSERT ON identity_coderename
    FOR EACH ROW EXECUTE FUNCTION identity_rename_follows();
CREATE TRIGGER alias_is_free BEFORE INSERT ON identity_codealias
    FOR EACH ROW EXECUTE FUNCTION identity_alias_is_free();
CREATE TRIGGER aliases_are_counted AFTER INSERT ON identity_codealias
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_count_aliases();
CREATE TRIGGER code_is_no_alias AFTER INSERT ON identity_computeresource
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION identity_code_is_no_alias();
