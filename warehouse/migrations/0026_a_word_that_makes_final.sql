-- HL7 status U says that a preliminary result is final and sends no value again: a row of its own, which the join holds beside that result.
comment on column store.clinical_lab."status" is 'final, corrected, preliminary, cancelled, entered_in_error, or now_final: what was sent as preliminary is final, its value is not sent again';
