"""Whatever CAPABILITY says has a test: this table is the list, and a difference fails."""

import pathlib
import re

import imap_raw
import pytest

HERE = pathlib.Path(__file__).parent

# Capability (what is behind a limit's "=" left out) and where it is tested.
TESTS = {
    "ACL": "test_imap_sharing.py::test_access_lists",
    "APPENDLIMIT=": "test_imap_append.py::test_rule_51_refused_before_the_octets",
    "BINARY": "test_imap_messages.py::test_rule_40_binary_is_decoded_and_its_size_agrees",
    "CATENATE": "test_imap_append.py::test_catenate_puts_a_message_together",
    "CHILDREN": "test_imap_mailboxes.py::test_rule_57_patterns_and_parents",
    "COMPRESS=DEFLATE": "test_imap_connection.py::test_rule_54_compressed_with_every_kind_of_flush",
    "CONDSTORE": "test_imap_condstore.py::test_rule_26_enabling_commands",
    "CONTEXT=SEARCH": "test_imap_search.py::test_a_search_is_kept_up_to_date",
    "CONTEXT=SORT": "test_imap_search.py::test_a_sort_is_kept_up_to_date",
    "CREATE-SPECIAL-USE": "test_imap_mailboxes.py::test_rule_58_special_uses",
    "ENABLE": "test_imap_condstore.py::test_rule_36_enable",
    "ESEARCH": "test_imap_search.py::test_rule_61_esearch_is_compact_quoted_and_ascending",
    "ESORT": "test_imap_search.py::test_rule_62_sort",
    "FILTERS": "test_imap_search.py::test_filters",
    "I18NLEVEL=1": "test_imap_connection.py::test_comparators",
    "I18NLEVEL=2": "test_imap_connection.py::test_comparators",
    "ID": "test_imap_connection.py::test_id_in_all_its_forms",
    "IDLE": "test_imap_quirks.py::test_idle_with_nothing_selected_and_commands_behind_done",
    "IMAP4rev1": "test_imap_commands.py::test_select_tells_the_mailbox",
    "IMAP4rev2": "test_imap_rev2.py::test_select_answers_as_each_revision_has_it",
    "INPROGRESS": "../../services/imap-gateway/session/session_test.cc"
                  "::TellsThatALongCommandIsWorkedAt",
    "LANGUAGE": "test_imap_connection.py::test_languages",
    "LIST-EXTENDED": "test_imap_mailboxes.py::test_list_extended_selects_and_returns",
    "LIST-METADATA": "test_imap_mailboxes.py::test_list_returns_metadata",
    "LIST-MYRIGHTS": "test_imap_sharing.py::test_others_are_listed_with_the_lookup_right",
    "LIST-STATUS": "test_imap_mailboxes.py::test_rule_58_list_status_comes_after_its_list",
    "LITERAL+": "test_imap_commands.py::test_append_literals",
    "MESSAGELIMIT=": "test_imap_messagelimit.py::test_the_limit_is_told",
    "METADATA": "test_imap_mailboxes.py::test_annotations_of_mailboxes",
    "MOVE": "test_imap_append.py::test_rule_63_move_tells_copyuid_before_the_messages_go",
    "MULTIAPPEND": "test_imap_append.py::test_rule_51_multiappend_adds_all_in_order",
    "MULTISEARCH": "test_imap_search.py::test_a_search_over_several_mailboxes",
    "NAMESPACE": "test_imap_sharing.py::test_others_are_listed_with_the_lookup_right",
    "NOTIFY": "test_imap_notify.py::test_selected_is_told_at_once",
    "OBJECTID": "test_imap_messages.py::test_emailid_is_the_same_for_copies",
    "PARTIAL": "test_imap_search.py::test_partial_results",
    "PREVIEW": "test_imap_messages.py::test_previews",
    "QRESYNC": "test_imap_qresync.py::test_a_client_comes_back",
    "QUOTA": "test_imap_mailboxes.py::test_quota_is_told_and_binds",
    "QUOTA=RES-MAILBOX": "test_imap_mailboxes.py::test_quota_is_told_and_binds",
    "QUOTA=RES-MESSAGE": "test_imap_mailboxes.py::test_quota_is_told_and_binds",
    "QUOTA=RES-STORAGE": "test_imap_mailboxes.py::test_quota_is_told_and_binds",
    "QUOTASET": "test_imap_mailboxes.py::test_quota_of_others",
    "REPLACE": "test_imap_append.py::test_replace_tells_the_new_before_the_old_goes",
    "RIGHTS=kxte": "test_imap_sharing.py::test_create_rename_delete_need_their_rights",
    "SASL-IR": "test_imap_commands.py::test_login_in_all_its_forms",
    "SAVEDATE": "test_imap_messages.py::test_rule_60_savedate_is_when_it_came_into_the_mailbox",
    "SAVELIMIT=": "test_imap_savelimit.py::test_copy_and_move_of_more_than_the_limit",
    "SEARCH=FUZZY": "test_imap_search.py::test_fuzzy_and_relevancy",
    "SEARCHRES": "test_imap_search.py::test_saved_result_in_every_place_of_a_set",
    "SORT": "test_imap_search.py::test_rule_62_sort",
    "SORT=DISPLAY": "test_imap_search.py::test_sort_by_whom_it_is_to",
    "SPECIAL-USE": "test_imap_mailboxes.py::test_rule_58_special_uses",
    "STATUS=SIZE": "test_imap_mailboxes.py::test_status_items",
    "THREAD=ORDEREDSUBJECT": "test_imap_search.py::test_rule_62_threads",
    "THREAD=REFERENCES": "test_imap_search.py::test_rule_62_threads",
    "THREAD=REFS": "test_imap_search.py::test_rule_62_threads",
    "UIDBATCHES": "test_imap_connection.py::test_uidbatches_tile_the_mailbox",
    "UIDONLY": "test_imap_uidonly.py::test_commands_with_numbers_are_refused",
    "UIDPLUS": "test_imap_commands.py::test_rule_63_copy_and_move",
    "UNAUTHENTICATE": "test_imap_connection.py::test_unauthenticate_resets_everything",
    "UNSELECT": "test_imap_rev2.py::test_closed_tells_where_one_mailbox_ends",
    "URL-PARTIAL": "test_imap_urlauth.py::test_what_a_url_names",
    "URLAUTH": "test_imap_urlauth.py::test_who_may_use_a_url",
    "URLAUTH=BINARY": "test_imap_urlauth.py::test_extended_urlfetch",
    "UTF8=ACCEPT": "test_imap_utf8.py::test_rule_49_no_utf8_in_quoted_strings_unless_enabled",
    "WITHIN": "test_imap_search.py::test_rule_60_younger_and_older",
}
# Of a connection without TLS before its login.
BEFORE_LOGIN = {
    "AUTH=LOGIN": "test_imap_commands.py::test_login_in_all_its_forms",
    "AUTH=PLAIN": "test_imap_commands.py::test_login_in_all_its_forms",
    "STARTTLS": "test_imap_quirks.py::test_rule_54_starttls_discards_nothing_and_capabilities_change",
}
AFTER_LOGIN = {
    "APPENDLIMIT=", "COMPRESS=DEFLATE", "I18NLEVEL=1", "INPROGRESS", "LIST-EXTENDED",
    "LIST-METADATA", "LIST-MYRIGHTS", "LIST-STATUS", "MESSAGELIMIT=", "QUOTA=RES-MAILBOX",
    "QUOTA=RES-MESSAGE", "QUOTA=RES-STORAGE", "RIGHTS=kxte", "SAVELIMIT=", "STATUS=SIZE",
    "UTF8=ACCEPT"}


def told(imap):
    [response] = imap.ok("CAPABILITY")
    return {re.sub(r"^(\w+LIMIT=)\d+$", r"\1", word.decode()) for word in response[2:]}


def test_the_table_is_what_capability_tells(posthorn, account):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    assert told(imap) == set(TESTS) - AFTER_LOGIN | set(BEFORE_LOGIN)
    imap.login(account)
    assert told(imap) == set(TESTS)
    imap.close()


@pytest.mark.parametrize("capability", sorted(TESTS | BEFORE_LOGIN))
def test_every_capability_has_its_test(capability):
    file, name = (TESTS | BEFORE_LOGIN)[capability].split("::")
    text = (HERE / file).read_text()
    assert re.search(rf"def {name}\(|TEST_F\(\w+, {name}\)", text), name
