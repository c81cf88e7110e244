from django.db import migrations, models

MAY_CHANGE = ('state', 'clawed_back_by_id', 'returned_minor', 'sweep_at')
REVIEW = ('review_code', 'review_detail', 'review_since')


def keep_all_but(*columns):
    return f"""
        DROP TRIGGER voucher_keeps_its_face ON vouchers_voucher;
        CREATE TRIGGER voucher_keeps_its_face BEFORE UPDATE ON vouchers_voucher
            FOR EACH ROW EXECUTE FUNCTION identity_keep_facts({', '.join(map(repr, columns))});
    """


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_wall_between_tenants'),
        ('vouchers', '0003_persons_behind_vouchers'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='voucher',
            name='voucher_to_sweep',
        ),
        migrations.AddField(
            model_name='voucher',
            name='review_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='voucher',
            name='review_detail',
            field=models.CharField(blank=True, db_default='', default='', help_text='for operators', max_length=500),
        ),
        migrations.AddField(
            model_name='voucher',
            name='review_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('sweep_at__isnull', False), ('review_code', '')), fields=['sweep_at'], name='voucher_to_sweep'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('review_code', ''), ('review_since__isnull', True)), models.Q(models.Q(('review_code', ''), _negated=True), ('review_since__isnull', False)), _connector='OR'), name='voucher_reviewed_since'),
        ),
        # A swept voucher may be set aside; its face stays.
        migrations.RunSQL(
            sql=keep_all_but(*MAY_CHANGE, *REVIEW), reverse_sql=keep_all_but(*MAY_CHANGE)
        ),
    ]
