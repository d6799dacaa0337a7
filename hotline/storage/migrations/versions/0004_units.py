"""The tree of handling units, and accounts of theirs"""

import sqlalchemy as sa
from alembic import op

from hotline.storage.tables import Utc

revision = "0004"
down_revision = "0003"

PLAIN = "id, login, name, role, seat, password_hash, must_change, active, epoch, demo"


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=16), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("successor", sa.String(length=16), nullable=True),
        sa.CheckConstraint("level in ('city','town','community')", name=op.f("ck_units_level")),
        sa.CheckConstraint("parent <> id and successor <> id", name=op.f("ck_units_another")),
        sa.CheckConstraint("level <> 'community' or parent is not null", name=op.f("ck_units_community")),
        sa.CheckConstraint("level <> 'town' or parent is null", name=op.f("ck_units_town")),
        sa.CheckConstraint("successor is null or closed_at is not null", name=op.f("ck_units_successor")),
        sa.ForeignKeyConstraint(["parent"], ["units.id"], name=op.f("fk_units_parent_units")),
        sa.ForeignKeyConstraint(["successor"], ["units.id"], name=op.f("fk_units_successor_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("name", name=op.f("uq_units_name")),
    )
    op.create_index(op.f("ix_units_parent"), "units", ["parent"])
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_accounts(with_units=True)
        return
    op.drop_constraint("ck_accounts_role", "accounts")
    op.add_column("accounts", sa.Column("unit", sa.String(length=16), nullable=True))
    op.create_foreign_key(op.f("fk_accounts_unit_units"), "accounts", "units", ["unit"], ["id"])
    op.create_index(op.f("ix_accounts_unit"), "accounts", ["unit"])
    op.create_check_constraint(
        op.f("ck_accounts_role"), "accounts", "role in ('seat','supervisor','admin','unit')"
    )
    op.create_check_constraint(op.f("ck_accounts_unit"), "accounts", "(role = 'unit') = (unit is not null)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_accounts(with_units=False)
    else:
        op.execute("delete from accounts where role = 'unit'")
        op.drop_constraint("ck_accounts_unit", "accounts")
        op.drop_constraint("ck_accounts_role", "accounts")
        op.drop_column("accounts", "unit")
        op.create_check_constraint(
            op.f("ck_accounts_role"), "accounts", "role in ('seat','supervisor','admin')"
        )
    op.drop_table("units")


def _rebuild_accounts(*, with_units: bool) -> None:
    """SQLite changes no constraint of a table. Others refer to this one: they are looked at at the commit."""
    op.execute("pragma defer_foreign_keys = on")
    op.execute(f"create temporary table kept as select {PLAIN} from accounts where role <> 'unit'")  # noqa: S608
    op.drop_table("accounts")
    roles = "('seat','supervisor','admin','unit')" if with_units else "('seat','supervisor','admin')"
    more: list[sa.schema.SchemaItem] = []
    if with_units:
        more = [
            sa.Column("unit", sa.String(length=16), nullable=True),
            sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_accounts_unit_units")),
            sa.CheckConstraint("(role = 'unit') = (unit is not null)", name=op.f("ck_accounts_unit")),
        ]
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("seat", sa.String(length=16), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *more,
        sa.CheckConstraint(f"role in {roles}", name=op.f("ck_accounts_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
        sa.UniqueConstraint("seat", name=op.f("uq_accounts_seat")),
    )
    op.execute(f"insert into accounts ({PLAIN}) select {PLAIN} from kept")  # noqa: S608
    op.execute("drop table kept")
    if with_units:
        op.create_index(op.f("ix_accounts_unit"), "accounts", ["unit"])
