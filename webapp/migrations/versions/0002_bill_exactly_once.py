"""bill exactly once: billing ways, decisions, undo, months of a line, sign-offs"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "contract_settings",
        sa.Column("contract_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("billing", sa.String(length=10), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_contract_settings")),
    )
    op.create_table(
        "line_months",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_service_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("service_name", sa.String(length=500), nullable=False),
        sa.Column("customer_ids", sa.JSON(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("units_on", sa.Date(), nullable=False),
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_months")),
    )
    with op.batch_alter_table("line_months", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_line_months_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_line_months_contract_service_id"), ["contract_service_id"], unique=False)
        batch_op.create_index("uq_line_months_month_line", ["month", "contract_service_id"], unique=True)

    op.create_table(
        "sign_offs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_offs")),
    )
    with op.batch_alter_table("sign_offs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_offs_month"), ["month"], unique=False)

    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("origin", sa.String(length=12), nullable=False, server_default="plan"))
        batch_op.add_column(sa.Column("undo_of", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("new_line", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("period_start", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("period_end", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("decision_reason", sa.String(length=2000), nullable=True))
        batch_op.create_index(batch_op.f("ix_changes_undo_of"), ["undo_of"], unique=False)
        batch_op.create_index(
            "uq_changes_open_new_line",
            ["contract_id", "service_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('posting', 'unknown', 'conflict', 'not_applied') AND contract_service_id IS NULL"),
            postgresql_where=sa.text(
                "state IN ('posting', 'unknown', 'conflict', 'not_applied') AND contract_service_id IS NULL"
            ),
        )

    with op.batch_alter_table("ledger_lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contract_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("service_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("pinned_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("pinned_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("pinned_run_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("later_decision", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("later_step", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("later_decided_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("later_decided_by", sa.String(length=200), nullable=True))
        batch_op.create_index(batch_op.f("ix_ledger_lines_contract_id"), ["contract_id"], unique=False)

    with op.batch_alter_table("mappings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_out_contract_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("left_out_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("left_out_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("left_out_reason", sa.String(length=2000), nullable=True))

    with op.batch_alter_table("run_lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("price", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("period_start", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("period_end", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("waits_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("decided", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change_ids", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("undo_of", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("first_for", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_runs_undo_of"), ["undo_of"], unique=False)
        batch_op.create_index(batch_op.f("ix_runs_first_for"), ["first_for"], unique=False)

    op.execute("UPDATE changes SET new_line = true WHERE contract_service_id IS NULL")
    for column in ("contract_id", "service_id"):
        newest = f"SELECT {column} FROM changes WHERE changes.contract_service_id = ledger_lines.contract_service_id"
        op.execute(f"UPDATE ledger_lines SET {column} = ({newest} ORDER BY id DESC LIMIT 1)")  # noqa: S608 - two fixed names


def downgrade():
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_runs_first_for"))
        batch_op.drop_index(batch_op.f("ix_runs_undo_of"))
        batch_op.drop_column("first_for")
        batch_op.drop_column("undo_of")
        batch_op.drop_column("change_ids")

    with op.batch_alter_table("run_lines", schema=None) as batch_op:
        batch_op.drop_column("decided")
        batch_op.drop_column("waits_until")
        batch_op.drop_column("period_end")
        batch_op.drop_column("period_start")
        batch_op.drop_column("price")

    with op.batch_alter_table("mappings", schema=None) as batch_op:
        batch_op.drop_column("left_out_reason")
        batch_op.drop_column("left_out_by")
        batch_op.drop_column("left_out_at")
        batch_op.drop_column("left_out_contract_id")

    with op.batch_alter_table("ledger_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_lines_contract_id"))
        batch_op.drop_column("later_decided_by")
        batch_op.drop_column("later_decided_at")
        batch_op.drop_column("later_step")
        batch_op.drop_column("later_decision")
        batch_op.drop_column("pinned_run_id")
        batch_op.drop_column("pinned_by")
        batch_op.drop_column("pinned_at")
        batch_op.drop_column("service_id")
        batch_op.drop_column("contract_id")

    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_changes_open_new_line",
            sqlite_where=sa.text("state IN ('posting', 'unknown', 'conflict', 'not_applied') AND contract_service_id IS NULL"),
            postgresql_where=sa.text(
                "state IN ('posting', 'unknown', 'conflict', 'not_applied') AND contract_service_id IS NULL"
            ),
        )
        batch_op.drop_index(batch_op.f("ix_changes_undo_of"))
        batch_op.drop_column("decision_reason")
        batch_op.drop_column("period_end")
        batch_op.drop_column("period_start")
        batch_op.drop_column("new_line")
        batch_op.drop_column("undo_of")
        batch_op.drop_column("origin")
        batch_op.drop_column("closed")

    with op.batch_alter_table("sign_offs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_offs_month"))

    op.drop_table("sign_offs")
    with op.batch_alter_table("line_months", schema=None) as batch_op:
        batch_op.drop_index("uq_line_months_month_line")
        batch_op.drop_index(batch_op.f("ix_line_months_contract_service_id"))
        batch_op.drop_index(batch_op.f("ix_line_months_contract_id"))

    op.drop_table("line_months")
    op.drop_table("contract_settings")
