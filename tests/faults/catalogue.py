"""Every fault that the program is tested against, with the tests that inject it: one line per fault, `X of X`.

    python -m tests.faults.catalogue [more options of pytest]

A fault is a sentence; its tests are named as pytest names them, a test without its parameters standing for all of them.
The tests are those of the whole suite: here they are only brought together.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAULTS: dict[str, tuple[str, ...]] = {
    # Processes
    "the training process is killed": ("tests/faults/test_kills.py::test_killed_child_ends_with_the_same_weights",),
    "the program is killed while it trains": (
        "tests/faults/test_kills.py::test_killed_program_ends_with_the_same_weights",
        "tests/faults/test_kills.py::test_no_child_outlives_its_program",
    ),
    "killed at random moments and started again at once": (
        "tests/faults/test_kills.py::test_kills_at_random_and_started_again_at_once",
    ),
    "a run is stopped at every position": (
        "tests/training/test_resume.py::test_stopped_once_at_every_position",
        "tests/training/test_resume.py::test_stopped_again_and_again_at_random",
    ),
    "a run is killed at every step": ("tests/training/test_resume.py::test_killed_at_every_step",),
    "the training process crashes, or leaves without a word": (
        "tests/execution/test_local.py::test_a_crash_names_its_signal_and_the_queue_goes_on",
        "tests/execution/test_local.py::test_a_process_that_leaves_without_a_word",
    ),
    "the training process hangs": (
        "tests/execution/test_local.py::test_a_child_that_hears_nothing_is_killed_after_cancel",
    ),
    "SIGTERM to the training process": ("tests/execution/test_local.py::test_sigterm_to_a_child_writes_a_checkpoint",),
    "Ctrl-C and SIGTERM": (
        "tests/test_cli.py::test_a_signal_asks_for_the_end_and_gives_the_exit_code",
        "tests/test_cli.py::test_ctrl_c_while_modules_are_loaded_leaves_no_traceback",
        "tests/test_cli_studies.py::test_ctrl_c_leaves_a_checkpoint_and_resume_goes_on",
        "tests/gui/test_main_window.py::test_a_signal_closes_the_window_in_good_order",
    ),
    "the window is closed while a study trains": ("tests/gui/test_main_window.py::test_closing_while_training_asks",),
    "the workspace is moved or unplugged while it is in use": ("tests/faults/test_gone_workspace.py",),
    "a run makes no steps, and a machine sleeps": (
        "tests/execution/test_heartbeat.py",
        "tests/gui/test_heartbeat.py",
    ),
    "floods of events, notices and log lines": ("tests/gui/test_floods.py",),
    "opened and closed again and again": ("tests/gui/test_open_close.py",),
    "a workspace is checked and mended in the window": ("tests/gui/test_diagnosis_dialogs.py",),
    "an exception nobody caught": (
        "tests/gui/test_app.py::test_an_exception_in_a_slot_is_told",
        "tests/gui/test_app.py::test_an_exception_in_a_thread_is_told_in_the_window_thread",
    ),
    "a crash of the interpreter is told at the next start": ("tests/gui/test_app.py::test_last_words_are_told_once",),
    "a measuring process dies": (
        "tests/execution/test_probing.py::test_a_process_that_dies_is_told_and_the_rest_is_measured",
    ),
    "two programs on one workspace": (
        "tests/faults/test_two_programs.py",
        "tests/runs/test_lock.py::test_the_trace_of_a_dead_process_is_nothing",
        "tests/runs/test_lock.py::test_a_recycled_process_id_is_another_process",
        "tests/runs/test_lock.py::test_a_broken_trace_is_nothing",
    ),
    "the scheduler of a grid is killed, and one of its cells is bad": ("tests/faults/test_grid.py",),
    "what a driver did not record when it was killed": ("tests/execution/test_ledger.py",),
    "a log of very many steps": (
        "tests/runs/test_logged_steps.py::test_many_steps_cost_time_and_memory_by_their_number_alone",
        "tests/execution/test_ledger.py",
    ),
    # Disk
    "a write that fails, or is the last before a kill": ("tests/faults/test_writing_jobs.py",),
    "a workspace of an earlier or a later program": ("tests/runs/test_migrations.py",),
    "a log that cannot be read is not cut off": (
        "tests/runs/test_record.py::test_a_log_that_cannot_be_read_is_not_cut_off",
    ),
    "the disk is full at any write": ("tests/faults/test_disk_full.py::test_every_moment",),
    "the disk is really full while a study trains": (
        "tests/faults/test_small_disk.py",
        "tests/runs/test_room.py",
        "tests/test_cli_live.py::test_a_wait_for_room_is_told",
        "tests/gui/test_stores.py::test_a_wait_for_room_is_told",
    ),
    "a limit on the size of files": (
        "tests/faults/test_disk_full.py::test_a_log_that_cannot_grow",
        "tests/runs/test_room.py::test_a_limit_on_the_size_of_files_is_no_full_disk",
    ),
    "a disk that is mounted read-only": ("tests/faults/test_read_only.py",),
    "a folder that cannot be written": (
        "tests/runs/test_lock.py::test_a_folder_that_cannot_be_written_says_so",
        "tests/gui/test_main_window.py::test_an_unwritable_settings_folder_is_said_once",
    ),
    "files of a run are damaged, and found and mended": ("tests/diagnosis/test_workspace_check.py",),
    "a log that ends in half a line, or is damaged within": (
        "tests/runs/test_record.py::test_half_a_line_is_dropped_with_a_note",
        "tests/runs/test_record.py::test_a_damaged_log_is_not_continued",
        "tests/runs/test_record.py::test_a_foreign_result_is_no_result",
    ),
    "a checkpoint that is damaged, foreign or hostile": (
        "tests/training/test_checkpoint.py::test_a_damaged_checkpoint_is_told",
        "tests/training/test_checkpoint.py::test_a_checkpoint_can_run_no_code",
        "tests/training/test_checkpoint.py::test_a_file_that_is_no_checkpoint_is_told",
        "tests/training/test_checkpoint.py::test_a_checkpoint_of_another_run_or_network_is_told",
    ),
    "decoded lines that are torn or changed": (
        "tests/data/test_cache.py::test_a_changed_index_is_not_read",
        "tests/data/test_cache.py::test_a_torn_file_is_not_read",
        "tests/data/test_cache.py::test_changed_pixels_are_found_at_the_first_look_and_the_cache_is_given_up",
        "tests/data/test_cache.py::test_a_full_disk_leaves_the_old_cache_and_no_rubbish",
    ),
    "a workspace or data set that was moved": (
        "tests/data/test_catalog.py::test_a_moved_data_set_says_so_and_can_be_relinked",
        "tests/data/test_catalog.py::test_a_workspace_is_moved_with_the_data_sets_inside_it",
    ),
    "folders of every name, and of names that are no text": ("tests/faults/test_names.py",),
    "the clock is set forward or back": (
        "tests/data/test_cache.py::test_what_is_being_written_stays_when_the_clock_is_set_forward",
        "tests/data/test_cache.py::test_what_a_killed_program_left_is_swept_though_the_clock_was_set_back",
    ),
    "settings that are broken": (
        "tests/test_settings.py",
        "tests/gui/test_main_window.py::test_broken_settings_are_told_once_and_kept",
        "tests/gui/test_main_window.py::test_broken_looks_never_stop_the_start",
        "tests/diagnosis/test_doctor.py::TestMachine::test_settings",
    ),
    # Training
    "a loss that is no number, or explodes": (
        "tests/faults/test_training.py::test_a_diverged_run_keeps_its_last_good_state_and_says_what_to_try",
        "tests/training/test_updates.py::test_a_refused_step_changes_nothing",
    ),
    "memory is short": ("tests/faults/test_memory.py",),
    "a GPU that fails, or is not there": ("tests/faults/test_gpu.py",),
    "labels longer than their frames": (
        "tests/faults/test_training.py::test_labels_longer_than_their_frames_are_found_before_anything_trains",
    ),
    "a network that outputs nothing": (
        "tests/faults/test_training.py::test_a_network_that_outputs_nothing_is_warned_of_before_its_end",
    ),
    # Input
    "images of every broken and odd kind": (
        "tests/data/test_bad_input.py::test_an_image_that_cannot_be_used_is_listed_with_its_reason",
        "tests/data/test_bad_input.py::test_an_odd_image_is_a_line_like_others",
        "tests/data/test_images.py::test_unusable_images_say_why",
        "tests/data/test_images.py::test_damaged_files_give_ink_or_a_reason",
    ),
    "texts in every encoding, and in none": (
        "tests/data/test_bad_input.py::test_a_list_in_any_encoding_gives_the_same_lines",
        "tests/data/test_encodings.py",
    ),
    "rows, pairs and tables that are not whole": (
        "tests/data/test_bad_input.py::test_a_bad_row_is_one_listed_problem",
        "tests/data/test_bad_input.py::test_an_odd_row_is_a_line_and_keeps_its_text",
        "tests/data/test_bad_input.py::test_a_pair_that_is_not_whole_is_listed",
        "tests/data/test_bad_input.py::test_tables_as_they_are_met",
    ),
    "archives that lead out, lie, or unpack without end": (
        "tests/data/test_archives.py::test_names_that_lead_out_are_refused",
        "tests/data/test_archives.py::test_a_tar_with_hostile_members_gives_its_plain_files_alone",
        "tests/data/test_archives.py::test_a_bomb_is_stopped_while_it_unpacks",
        "tests/data/test_archives.py::test_a_size_that_lies_does_not_make_reading_longer",
        "tests/data/test_archives.py::test_a_damaged_member_costs_that_member_alone",
        "tests/data/test_workbook.py::test_a_zip_bomb_is_refused_before_it_is_unpacked",
    ),
    "XML that expands, nests or names other files": (
        "tests/data/test_xml_file.py",
        "tests/data/test_workbook.py::test_expanding_entities_are_refused",
    ),
    "special files, links and names that are no text": ("tests/data/test_tree.py",),
    "study files that are broken": (
        "tests/study/test_schema.py::test_wrong_files_say_what_is_wrong",
        "tests/study/test_schema.py::test_any_text_is_a_study_or_a_clear_error",
        "tests/study/test_schema.py::test_files_that_cannot_be_read",
    ),
    # Input by a hostile hand
    "code in files of weights, tables, caches and modules": ("tests/faults/test_payloads.py",),
    "weights and checkpoints that are huge, torn, not finite, or do not fit": (
        "tests/training/test_hostile_weights.py",
    ),
    "study files with anything in them": (
        "tests/faults/test_documents.py::test_a_study_file_is_a_study_or_a_sentence",
        "tests/faults/test_documents.py::test_study_files_that_no_search_finds",
        "tests/faults/test_documents.py::test_a_wrong_value_is_named_with_its_path",
        "tests/faults/test_documents.py::test_a_study_of_too_many_runs_is_refused_before_they_are_counted_out",
    ),
    "files of a workspace with anything in them": (
        "tests/faults/test_documents.py::test_a_kept_file_with_anything_in_it",
        "tests/faults/test_documents.py::test_a_log_of_events_with_anything_in_it",
        "tests/faults/test_documents.py::test_a_list_of_data_sets_with_anything_in_it",
        "tests/faults/test_documents.py::test_sealed_files_by_another_hand",
    ),
    "names in files that lead out of their folder": (
        "tests/faults/test_paths.py::test_a_log_of_events_deletes_nothing_outside_its_folder",
        "tests/faults/test_paths.py::test_taking_out_a_run_deletes_no_other_folder",
        "tests/faults/test_paths.py::test_a_list_of_data_sets_deletes_nothing_else",
        "tests/faults/test_paths.py::test_exports_stay_in_their_folder",
    ),
    "paths in lists, pages and archives that lead out": (
        "tests/faults/test_paths.py::test_an_import_writes_nothing_outside_the_workspace",
        "tests/faults/test_paths.py::test_archives_in_archives_are_not_unpacked",
    ),
    "links and pipes in the place of a log that is passed on": (
        "tests/faults/test_paths.py::test_a_problem_report_passes_nothing_on_that_a_link_names",
    ),
    "pipes, devices and loops where a file is meant": (
        "tests/faults/test_special_files.py::test_given_to_a_command",
        "tests/faults/test_special_files.py::test_in_the_place_of_every_file_of_a_workspace",
        "tests/faults/test_special_files.py::test_a_folder_full_of_them_is_scanned_at_once",
    ),
    "images that would fill the memory": (
        "tests/faults/test_special_files.py::test_a_bomb_is_refused_at_its_header",
        "tests/faults/test_special_files.py::test_bombs_take_neither_time_nor_memory",
        "tests/faults/test_special_files.py::test_bombs_inside_archives_and_tables",
    ),
    # What leaves the program
    "formulas in tables for spreadsheets": ("tests/analysis/exports/test_spreadsheet.py",),
    "texts that other programs make something of, as data and in spreadsheets": (
        "tests/analysis/exports/test_hostile_texts.py::test_data_is_exact",
        "tests/analysis/exports/test_hostile_texts.py::test_a_spreadsheet_gets_no_formula",
    ),
    "mark-up, commands and unseen characters in LaTeX and HTML": (
        "tests/analysis/exports/test_hostile_texts.py::test_none_reaches_latex_or_html_raw",
        "tests/analysis/exports/test_hostile_texts.py::test_the_page_shows_them_as_they_are",
    ),
    "mark-up in names, errors and tool tips of the window": (
        "tests/gui/test_hostile_texts.py",
        "tests/test_architecture.py::test_tool_tips_show_plain_text",
        "tests/test_architecture.py::test_nothing_shows_rich_text",
    ),
    "bundles that are not ours": ("tests/analysis/exports/test_bundle.py::test_manifests_that_are_not_ours",),
    "rich text in labels, pickled files, state written in other places": (
        "tests/test_architecture.py::test_labels_and_questions_show_plain_text",
        "tests/test_architecture.py::test_nothing_is_unpickled",
        "tests/test_architecture.py::test_state_is_written_in_one_place",
    ),
    # Machine
    "no display, or no libraries for a window": ("tests/diagnosis/test_display.py",),
    "an installation that lacks something": ("tests/diagnosis/test_doctor.py",),
    # What the program is made of, and what it reaches
    "something asks the network": ("tests/faults/test_network.py",),
    "a package with another licence, or with none that was looked at": ("tests/test_licences.py",),
    "known vulnerabilities, or nobody to ask about them": ("tests/test_audit.py",),
    "a package that is not the pinned one, or pinned by nobody": ("tests/test_requirements.py",),
}


def is_of(test: str, name: str) -> bool:
    """Tell whether a test, as pytest names it, is the named one, or one of its parameters or of the named file."""
    return test == name or test.startswith((f"{name}[", f"{name}::"))


class Outcomes:
    """Keeps how every test came out: passed, failed or skipped; failing once, in whatever phase, is failing."""

    def __init__(self) -> None:
        self.by_test: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a report of pytest."""
        if report.failed or self.by_test.get(report.nodeid) == "failed":
            self.by_test[report.nodeid] = "failed"
        elif report.skipped or report.when == "call":
            self.by_test[report.nodeid] = report.outcome

    def of(self, names: tuple[str, ...]) -> dict[str, int]:
        """How many of the named tests came out in which way."""
        found: defaultdict[str, int] = defaultdict(int)
        for test, outcome in self.by_test.items():
            if any(is_of(test, name) for name in names):
                found[outcome] += 1
        return found


def table(outcomes: Outcomes) -> tuple[list[str], bool]:
    """Return a line per fault, and whether every fault has tests and all of them passed."""
    lines: list[str] = []
    are_all_met = True
    for fault, names in FAULTS.items():
        found = outcomes.of(names)
        passed, total = found["passed"], found["passed"] + found["failed"]
        are_all_met &= 0 < passed == total
        skipped = f" ({found['skipped']} skipped)" if found["skipped"] else ""
        lines.append(f"{fault} {'.' * max(3, 72 - len(fault))} {passed} of {total}{skipped}")
    return lines, are_all_met


def main(options: list[str]) -> int:
    """Run the catalogue and print its table."""
    outcomes = Outcomes()
    tests = sorted({str(ROOT / name) for names in FAULTS.values() for name in names})
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *options, *tests], plugins=[outcomes])
    lines, are_all_met = table(outcomes)
    print("\n" + "\n".join(lines))
    return 0 if are_all_met and code == pytest.ExitCode.OK else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
